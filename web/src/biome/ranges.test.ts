import { describe, expect, test } from "vitest";
import { barsIn, isYounger, RANGES, widthFor, type Range, type Width } from "./ranges";

/** Ticks of a market that is a month old. */
const OLD = 30 * 24 * 7_200;

describe("the width of a range's candles", () => {
  test.each<[Range, Width, number]>([
    ["1h", "1m", 61],
    ["6h", "5m", 73],
    ["24h", "5m", 289],
    ["3d", "1h", 73],
    ["7d", "1h", 169],
  ])("%s is shown in candles of %s, %i of them at most", (range, width, bars) => {
    expect(widthFor(range, OLD)).toBe(width);
    expect(barsIn(range, width)).toBe(bars);
  });

  test.each(RANGES)("a market of ten minutes is shown by the minute, over %s too", (range) => {
    expect(widthFor(range, 1_200)).toBe("1m");
  });

  test("what is asked for is never more than the API gives", () => {
    for (const range of RANGES)
      for (const width of ["1m", "5m", "1h"] as const)
        expect(barsIn(range, width)).toBeLessThanOrEqual(1_500);
  });
});

describe("a market younger than the range", () => {
  const minute = 60_000;

  test("is told by bars that do not reach back", () => {
    expect(isYounger([0, minute, 9 * minute], "1h", "1m")).toBe(true);
  });

  test("is not claimed of one whose first bar is the range's first", () => {
    expect(isYounger([0, 59 * minute], "1h", "1m")).toBe(false);
    expect(isYounger([], "1h", "1m")).toBe(false);
  });
});
