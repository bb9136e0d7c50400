import { describe, expect, test } from "vitest";
import { shortcutOf, type Press, type Situation } from "./shortcuts";

const FREE: Situation = { typing: false, covered: false, singleKeys: true };

function press(key: string, more: Partial<Press> = {}): Press {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more };
}

test("B buys, S sells, with or without the shift key", () => {
  expect(shortcutOf(press("b"), FREE)).toEqual({ does: "open-ticket", side: "buy" });
  expect(shortcutOf(press("S"), FREE)).toEqual({ does: "open-ticket", side: "sell" });
});

test("1 to 7 choose a biome in the market's order, and no other digit does", () => {
  expect(shortcutOf(press("1"), FREE)).toEqual({ does: "choose-biome", biome: "ocean" });
  expect(shortcutOf(press("7"), FREE)).toEqual({ does: "choose-biome", biome: "snow" });
  for (const digit of ["0", "8", "9"]) expect(shortcutOf(press(digit), FREE)).toBeNull();
});

test("a question mark asks for help", () => {
  expect(shortcutOf(press("?", { code: "Slash" }), FREE)).toEqual({ does: "help" });
});

describe("other keyboards", () => {
  test("a Cyrillic one is read by the place of the key", () => {
    expect(shortcutOf(press("и", { code: "KeyB" }), FREE)).toEqual({ does: "open-ticket", side: "buy" });
  });

  test("on a French one the digits need no shift key", () => {
    expect(shortcutOf(press("&", { code: "Digit1" }), FREE)).toEqual({
      does: "choose-biome",
      biome: "ocean",
    });
  });

  test("a Latin letter is what it says, wherever it is", () => {
    expect(shortcutOf(press("n", { code: "KeyB" }), FREE)).toBeNull();
  });
});

describe("keys that mean something else are left alone", () => {
  test.each<[string, Partial<Press>, Partial<Situation>]>([
    ["with Ctrl", { ctrlKey: true }, {}],
    ["with Meta", { metaKey: true }, {}],
    ["with Alt", { altKey: true }, {}],
    ["held down", { repeat: true }, {}],
    ["while typing", {}, { typing: true }],
    ["under a dialog", {}, { covered: true }],
    ["when switched off", {}, { singleKeys: false }],
  ])("%s", (_, more, situation) => {
    expect(shortcutOf(press("b", more), { ...FREE, ...situation })).toBeNull();
  });

  test("Escape works while typing and when single keys are off, but not under a dialog", () => {
    expect(shortcutOf(press("Escape"), { ...FREE, typing: true, singleKeys: false })).toEqual({
      does: "clear",
    });
    expect(shortcutOf(press("Escape"), { ...FREE, covered: true })).toBeNull();
  });
});
