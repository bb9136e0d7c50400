import { describe, expect, test } from "vitest";
import type { Market } from "../api/types";
import type { Draft, Means } from "./draft";
import { feeOn, limitFromPrice, quickQuantities, spendable } from "./quick";

const MARKET: Market = {
  biome: "snow",
  price_bdt: "98.765432",
  market_cash_bdt: "987654.321234",
  total_shares: "10000.00",
  attention: 3,
  change_24h_pct: null,
  halted: false,
};
const MEANS: Means = { cash: 10_000_000_000n, held: 5_000_001n, market: MARKET };
const BUY: Draft = { biome: "snow", side: "buy", unit: "bdt", quantity: "", limit: "" };

describe("all the cash", () => {
  test.each([0n, 1n, 51n, 102n, 9_999_999_999n, 10_000_000_000n, 123_456_789_123_457n])(
    "of %s micro-BDT pays the amount and its fee, and one micro more would not do",
    (cash) => {
      for (const feeBp of [0, 1, 200, 333, 10_000]) {
        const most = spendable(cash, feeBp);
        expect(most + feeOn(most, feeBp)).toBeLessThanOrEqual(cash);
        expect(most + 1n + feeOn(most + 1n, feeBp)).toBeGreaterThan(cash);
      }
    },
  );

  test("the fee is rounded up", () => {
    expect(feeOn(1n, 200)).toBe(1n);
    expect(feeOn(100_000_000n, 200)).toBe(2_000_000n);
    expect(feeOn(100_000_001n, 200)).toBe(2_000_001n);
  });
});

describe("quick quantities", () => {
  test("a buy in BDT offers amounts and parts of the cash, fee included", () => {
    expect(quickQuantities(BUY, MEANS, 200)).toEqual([
      { label: { amount: "100" }, quantity: "100.00" },
      { label: { amount: "1,000" }, quantity: "1000.00" },
      { label: { percent: 25 }, quantity: "2450.980392" },
      { label: { percent: 50 }, quantity: "4901.960784" },
      { label: "max", quantity: "9803.921568" },
    ]);
  });

  test("while the fee is not known, no part of the cash is offered", () => {
    const parts = quickQuantities(BUY, MEANS, null).filter(({ quantity }) => quantity === null);
    expect(parts).toHaveLength(3);
  });

  test("a sale offers parts of the holding, and all of it leaves nothing behind", () => {
    const sale = quickQuantities({ ...BUY, side: "sell" }, MEANS, 200);
    expect(sale.map(({ quantity }) => quantity)).toEqual(["1.25", "2.50", "3.75", "5.000001"]);
    const none = quickQuantities({ ...BUY, side: "sell" }, { ...MEANS, held: 0n }, 200);
    expect(none.every(({ quantity }) => quantity === null)).toBe(true);
  });
});

describe("a limit from the price now", () => {
  test("at the price now it is rounded to where it fills", () => {
    expect(limitFromPrice(MARKET, "buy", 0)).toBe("98.77");
    expect(limitFromPrice(MARKET, "sell", 0)).toBe("98.76");
  });

  test("one per cent either way", () => {
    expect(limitFromPrice(MARKET, "buy", 100)).toBe("99.76");
    expect(limitFromPrice(MARKET, "sell", -100)).toBe("97.77");
  });

  test("a price under one BDT keeps its six decimals", () => {
    const cheap = { ...MARKET, price_bdt: "0.012345", market_cash_bdt: "123.456789" };
    expect(limitFromPrice(cheap, "buy", 0)).toBe("0.012346");
    expect(limitFromPrice({ ...cheap, total_shares: "0.00" }, "buy", 0)).toBe("");
  });
});
