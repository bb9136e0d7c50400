import { describe, expect, test } from "vitest";
import { MICRO } from "../market/micro";
import { decimalsFor, markOf, momentOf, secondOf, shownPrice } from "./axis";

describe("decimals of a price", () => {
  test.each([
    [1_234n * MICRO, 2],
    [10n * MICRO, 2],
    [MICRO, 3],
    [500_000n, 4],
    [12_345n, 6],
    [0n, 6],
  ])("%s micro is shown with %i", (price, decimals) => {
    expect(decimalsFor(price)).toBe(decimals);
  });

  test("a small price keeps its digits", () => {
    expect(shownPrice(12_345n)).toBe("0.012345");
  });
});

describe("times of the axis", () => {
  const moment = Date.UTC(2026, 10, 25, 23, 30, 5);

  test("are those of the visitor's zone, over midnight too", () => {
    expect(momentOf(moment, "UTC")).toBe("25 Nov, 23:30");
    expect(momentOf(moment, "Asia/Kolkata")).toBe("26 Nov, 05:00");
    expect(secondOf(moment, "America/New_York")).toBe("18:30:05");
  });

  test("a mark of a day has its date, and others the time of day", () => {
    expect(markOf(moment, true, "UTC")).toBe("25 Nov");
    expect(markOf(moment, false, "UTC")).toBe("23:30");
  });
});
