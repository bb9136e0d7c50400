import { describe, expect, test } from "vitest";
import { showBytes } from "./bytes";

function base64(...bytes: number[]): string {
  return btoa(String.fromCharCode(...bytes));
}

describe("bytes that were not understood", () => {
  test("are shown as text when they are text", () => {
    expect(showBytes(btoa('{"type":"ping"}'))).toEqual({ as: "text", text: '{"type":"ping"}' });
    expect(showBytes(base64(0xc3, 0xbc))).toEqual({ as: "text", text: "ü" });
  });

  test("are shown as numbers, with what can be read beside them, when they are not", () => {
    const shown = showBytes(base64(0xff, 0x41, 0x00));
    expect(shown.as).toBe("bytes");
    expect(shown.text).toMatch(/^0000 {2}ff 41 00 +·A·$/);
  });

  test("with control characters are no text", () => {
    expect(showBytes(base64(0x1b, 0x5b)).as).toBe("bytes");
  });

  test("may be none", () => {
    expect(showBytes("")).toEqual({ as: "text", text: "" });
  });
});
