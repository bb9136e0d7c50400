import { describe, expect, test } from "vitest";
import { parseMicro, perMille, readMicro, showMicro, valueOf, writeMicro } from "./micro";

describe("reading an amount", () => {
  test.each([
    ["0", 0n],
    ["100.25", 100_250_000n],
    ["0.000001", 1n],
    ["-3.5", -3_500_000n],
    ["9999999999999.999999", 9_999_999_999_999_999_999n],
  ])("%s is exact, past 2^53 too", (text, micro) => {
    expect(parseMicro(text)).toBe(micro);
  });

  test.each(["", " 1", "+1", "1e3", ".5", "1.", "01", "1.0000001", "NaN", "1,000", "12345678901234", "١"])(
    "%j is not an amount",
    (text) => {
      expect(parseMicro(text)).toBeNull();
    },
  );

  test("an amount of the API that is none raises, since showing a wrong balance would be worse", () => {
    expect(() => readMicro("ten")).toThrow(/not a decimal string: ten/);
  });
});

describe("writing an amount", () => {
  test.each([0n, 1n, 999_999n, 1_000_000n, 100_250_000n, -1n, 123_456_789_012_345_678n])(
    "%s comes back exactly as it was",
    (micro) => {
      expect(parseMicro(writeMicro(micro))).toBe(micro);
    },
  );

  test("at least two decimals are written, and no more than are needed", () => {
    expect(writeMicro(5_000_000n)).toBe("5.00");
    expect(writeMicro(5_120_000n)).toBe("5.12");
    expect(writeMicro(5_120_001n)).toBe("5.120001");
  });
});

describe("showing an amount", () => {
  test("thousands are grouped, in the whole part alone", () => {
    expect(showMicro(1_234_567_891_234n, 4)).toBe("1,234,567.8912");
  });

  test("what is cut off never makes an amount look larger", () => {
    expect(showMicro(1_999_999n)).toBe("1.99");
  });

  test("a tiny loss is not shown as minus nothing", () => {
    expect(showMicro(-1n)).toBe("0.00");
    expect(showMicro(-10_000n)).toBe("-0.01");
  });

  test("without decimals there is no dot", () => {
    expect(showMicro(1_500_000_000n, 0)).toBe("1,500");
  });
});

test("the value of shares is rounded down, as a sale's proceeds are", () => {
  expect(valueOf({ shares: 1n, cash: 1_999_999n, total: 1_000_000n })).toBe(1n);
  expect(valueOf({ shares: 1_000_000n, cash: 0n, total: 0n })).toBe(0n);
});

test("a share of nothing is nothing", () => {
  expect(perMille(5n, 0n)).toBe(0);
  expect(perMille(1n, 3n)).toBe(333);
});
