import { describe, expect, test } from "vitest";
import type { Draft, Means } from "./draft";
import { estimateOf, expectedOf, type Expected, type Quote } from "./expected";

const MARKET: Means["market"] = {
  biome: "snow",
  price_bdt: "100.00",
  market_cash_bdt: "1000000.00",
  total_shares: "10000.00",
  attention: 3,
  change_24h_pct: null,
  halted: false,
};
const MEANS: Means = { cash: 10_000_000_000n, held: 5_000_000n, market: MARKET };
const BUY: Draft = { biome: "snow", side: "buy", unit: "bdt", quantity: "100", limit: "" };
const FEE_BP = 200;

function estimate(change: Partial<Draft>, means: Partial<Means> = {}): Expected {
  const estimated = estimateOf({ ...BUY, ...change }, { ...MEANS, ...means }, FEE_BP);
  if (estimated === null) throw new Error("nothing estimated");
  return estimated;
}

describe("an estimate of the page itself", () => {
  test("a buy pays its amount and the fee on top", () => {
    expect(estimate({})).toMatchObject({
      quotedAt: null,
      shares: 1_000_000n,
      cash: 100_000_000n,
      fee: 2_000_000n,
      total: 102_000_000n,
      cashAfter: 9_898_000_000n,
      sharesAfter: 6_000_000n,
      rejection: null,
    });
  });

  test("a sale brings its proceeds without the fee", () => {
    expect(estimate({ side: "sell", quantity: "2" })).toMatchObject({
      cash: 200_000_000n,
      total: 196_000_000n,
      cashAfter: 10_196_000_000n,
      sharesAfter: 3_000_000n,
    });
  });

  test("without a readable quantity there is none", () => {
    expect(estimateOf({ ...BUY, quantity: "12." }, MEANS, FEE_BP)).toBeNull();
  });

  test("without a known fee, nothing that depends on it is guessed", () => {
    expect(estimateOf(BUY, MEANS, null)).toMatchObject({ fee: null, total: null, cashAfter: null });
  });
});

describe("the worst case", () => {
  test("under a limit, a buy for BDT gets at least what the limit price gives", () => {
    expect(estimate({ limit: "125" }).worst.shares).toBe(800_000n);
    expect(estimate({}).worst.shares).toBeNull();
  });

  test("a buy in shares pays at most what it said, or the limit price if that is less", () => {
    const buy = { unit: "shares", quantity: "1" } as const;
    expect(estimate(buy).worst.total).toBe(110_000_001n);
    expect(estimate({ ...buy, limit: "101" }).worst.total).toBe(103_020_000n);
  });

  test("a sale brings at least the limit price without its fee", () => {
    expect(estimate({ side: "sell", quantity: "1", limit: "90" }).worst.total).toBe(88_200_000n);
  });
});

describe("a rejection that is certain already", () => {
  test.each<[string, Partial<Draft>, Partial<Means>]>([
    ["HALTED", {}, { market: { ...MARKET, halted: true } }],
    ["LIMIT_NOT_MET", { limit: "99.999999" }, {}],
    ["LIMIT_NOT_MET", { side: "sell", quantity: "1", limit: "100.000001" }, {}],
    ["INSUFFICIENT_FUNDS", { quantity: "10000" }, {}],
    ["INSUFFICIENT_SHARES", { side: "sell", quantity: "5.000001" }, {}],
  ])("%s: %j", (code, change, means) => {
    expect(estimate(change, means)).toMatchObject({ rejection: { code }, cashAfter: null });
  });

  test("a limit at the price now fills", () => {
    expect(estimate({ limit: "100" }).rejection).toBeNull();
    expect(estimate({ side: "sell", quantity: "1", limit: "100" }).rejection).toBeNull();
  });
});

test("a quote is read as it was given", () => {
  const quote: Quote = {
    tick: 7,
    biome: "snow",
    side: "buy",
    price_bdt: "100.00",
    shares: null,
    cash_bdt: null,
    fee_bdt: null,
    total_bdt: null,
    cash_after_bdt: null,
    shares_after: null,
    worst_case: { shares: "0.50", total_bdt: null },
    rejection: { code: "ORDER_TOO_LARGE", detail: "Too large." },
  };
  expect(expectedOf(quote)).toMatchObject({
    quotedAt: 7,
    shares: null,
    worst: { shares: 500_000n, total: null },
    rejection: { code: "ORDER_TOO_LARGE" },
  });
});
