import { describe, expect, it } from "vitest";
import { roomy } from "./figures";

const DIGIT = "\u2007";
const COMMA = "\u2008";

describe("an amount that keeps its width", () => {
  it("has free places for the digits and commas that it does not have", () => {
    expect(roomy("7.25", 3)).toBe(`${DIGIT}${DIGIT}7.25`);
    expect(roomy("999.99", 5)).toBe(`${DIGIT}${DIGIT}${COMMA}999.99`);
    expect(roomy("10,000.00", 5)).toBe("10,000.00");
  });

  it("is as long for each amount below the limit, its sign before its digits", () => {
    const shown = ["+1.00 %", "−10.00 %", "±100.00 %"].map((each) => roomy(each, 3));
    expect(new Set(shown.map(({ length }) => length))).toEqual(new Set([9]));
    expect(shown[0]).toBe(`${DIGIT}${DIGIT}+1.00 %`);
  });

  it("takes what it needs beyond the limit, and leaves alone what is no amount", () => {
    expect(roomy("1,234.50", 3)).toBe("1,234.50");
    expect(roomy("–", 3)).toBe("–");
  });
});
