import { describe, expect, test } from "vitest";
import { flowBetween, partsOf } from "./ribbons";

describe("the picture of the pot", () => {
  test("parts stand side by side and fill the ribbon", () => {
    expect(partsOf([1, 2, 1])).toEqual([
      { from: 0, to: 25 },
      { from: 25, to: 75 },
      { from: 75, to: 100 },
    ]);
  });

  test("without any weight there is nothing to show", () => {
    expect(partsOf([0, 0])).toEqual([
      { from: 0, to: 0 },
      { from: 0, to: 0 },
    ]);
  });

  test("a flow begins at its part above and ends at its part below", () => {
    const corners = flowBetween({ from: 10, to: 20 }, { from: 30, to: 50 })
      .replace(/^polygon\(|\)$/g, "")
      .split(", ");

    expect(corners.at(0)).toBe("10.00% 0.0%");
    expect(corners.at(12)).toBe("30.00% 100.0%");
    expect(corners.at(13)).toBe("50.00% 100.0%");
    expect(corners.at(-1)).toBe("20.00% 0.0%");
  });

  test("every flow has as many corners, so that one can become the other", () => {
    const wide = flowBetween({ from: 0, to: 100 }, { from: 0, to: 0 });
    const narrow = flowBetween({ from: 3, to: 4 }, { from: 90, to: 99 });

    expect(wide.split(",")).toHaveLength(narrow.split(",").length);
  });
});
