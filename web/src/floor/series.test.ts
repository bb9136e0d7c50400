import { describe, expect, test } from "vitest";
import { joinSeries, lineIn } from "./series";

const BOX = { width: 100, height: 40 };

function trail(from: number, to: number): { tick: number; price: number; attention: number }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    tick: from + index,
    price: 100 + index,
    attention: 0,
  }));
}

describe("the series of a sparkline", () => {
  test("history ends where the live trail begins, so no tick is drawn twice", () => {
    const history = [
      { tick: 2, price_bdt: "90.00" },
      { tick: 12, price_bdt: "95.00" },
    ];

    expect(joinSeries(history, trail(12, 12)).map(({ tick }) => tick)).toEqual([2, 12]);
  });

  test("the newest tick is always there; of those before it, every sixth", () => {
    expect(joinSeries([], trail(10, 25)).map(({ tick }) => tick)).toEqual([12, 18, 24, 25]);
  });

  test("without a live trail the history stands alone", () => {
    expect(joinSeries([{ tick: 7, price_bdt: "1.50" }], [])).toEqual([{ tick: 7, price: 1.5 }]);
  });
});

describe("the line of a series", () => {
  test("one point is no line", () => {
    expect(lineIn([{ tick: 1, price: 100 }], BOX)).toBeNull();
  });

  test("its newest point stands at the right edge", () => {
    const line = lineIn(
      [
        { tick: 0, price: 100 },
        { tick: 1000, price: 110 },
      ],
      BOX,
    );

    expect(line?.points.split(" ").at(-1)?.split(",")[0]).toBe("100.0");
    expect(line?.left).toBe(0);
  });

  test("a young market grows from the right instead of filling the box", () => {
    const line = lineIn(
      [
        { tick: 0, price: 100 },
        { tick: 12, price: 110 },
      ],
      BOX,
    );

    expect(line?.left).toBeCloseTo(90);
  });

  test("a higher price stands higher, and stays inside the box", () => {
    const line = lineIn(
      [
        { tick: 0, price: 50 },
        { tick: 500, price: 200 },
      ],
      BOX,
    );

    expect(line?.last).toBeGreaterThan(0);
    expect(line?.last).toBeLessThan(line?.first ?? 0);
    expect(line?.first).toBeLessThan(BOX.height);
  });

  test("a price that does not move is a line through the middle", () => {
    const line = lineIn(
      [
        { tick: 0, price: 100 },
        { tick: 500, price: 100 },
      ],
      BOX,
    );

    expect(line?.last).toBe(20);
  });
});
