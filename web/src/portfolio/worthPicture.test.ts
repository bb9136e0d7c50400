import { describe, expect, test } from "vitest";
import { levelsOf, nearest, timeMarks, worthPicture, type WorthPoint } from "./worthPicture";

const FRAME = { width: 100, height: 50 };
const SPAN = { from: 0, to: 1_000 };

function point(at: number, netWorth: bigint): WorthPoint {
  return { at, netWorth, cash: 0n };
}

describe("the picture of a net worth", () => {
  test("has the earliest at the left, the latest at the right, more above less", () => {
    const { xs, ys } = worthPicture([point(0, 10_000n), point(1_000, 20_000n)], FRAME, SPAN);
    expect(xs).toEqual([0, 100]);
    expect(ys[0]).toBeGreaterThan(ys[1] ?? 0);
    for (const y of ys) expect(y >= 0 && y <= FRAME.height).toBe(true);
  });

  test("of a net worth that does not move is a line in the middle, not noise at full height", () => {
    const still = worthPicture([point(0, 10_000_000_000n), point(1_000, 10_000_000_001n)], FRAME, SPAN);
    for (const y of still.ys) expect(Math.abs(y - FRAME.height / 2)).toBeLessThan(1);
  });

  test("of nothing at all is a line too", () => {
    const nothing = worthPicture([point(0, 0n), point(1_000, 0n)], FRAME, SPAN);
    expect(nothing.ys.every((y) => Number.isFinite(y))).toBe(true);
  });

  test("without points is empty", () => {
    expect(worthPicture([], FRAME, SPAN)).toMatchObject({ line: "", area: "", xs: [] });
  });
});

test("levels are round and inside", () => {
  expect(levelsOf(9_963_000_000n, 10_041_000_000n)).toEqual([
    9_980_000_000n,
    10_000_000_000n,
    10_020_000_000n,
    10_040_000_000n,
  ]);
  expect(levelsOf(-3n, 3n)).toEqual([-3n, -2n, -1n, 0n, 1n, 2n, 3n]);
});

test("marks of time are few, round, and inside", () => {
  const hour = 3_600_000;
  const marks = timeMarks({ from: 10, to: 24 * hour }, 500, 5);
  expect(marks.length).toBeGreaterThan(2);
  expect(marks.length).toBeLessThanOrEqual(5);
  for (const mark of marks) expect(mark.position >= 0 && mark.position <= 500).toBe(true);
});

test("the nearest point is found from anywhere", () => {
  expect([-5, 4, 6, 99].map((x) => nearest([0, 10, 20], x))).toEqual([0, 0, 1, 2]);
});
