import { describe, expect, test } from "vitest";
import type { Biome, Market } from "../api/types";
import { addsUp, returnOf, statementOf, tenthsOf, type Portfolio } from "./statement";

function marketOf(biome: Biome, cash: string): Market {
  return {
    biome,
    price_bdt: cash,
    market_cash_bdt: cash,
    total_shares: "1.00",
    attention: 0,
    change_24h_pct: null,
    halted: false,
  };
}

const PORTFOLIO: Portfolio = {
  tick: 10,
  cash_bdt: "90.000001",
  market_value_bdt: "10.25",
  cost_basis_bdt: "12.00",
  net_worth_bdt: "100.250001",
  granted_bdt: "100.250001",
  realized_gain_bdt: "1.75",
  unrealized_gain_bdt: "-1.75",
  fees_paid_bdt: "0.20",
  frozen: false,
  holdings: [
    {
      biome: "snow",
      shares: "0.00",
      cost_basis_bdt: "0.00",
      average_cost_bdt: "0.00",
      market_value_bdt: "0.00",
      unrealized_gain_bdt: "0.00",
      realized_gain_bdt: "1.75",
    },
    {
      biome: "ocean",
      shares: "0.50",
      cost_basis_bdt: "12.00",
      average_cost_bdt: "24.00",
      market_value_bdt: "10.25",
      unrealized_gain_bdt: "-1.75",
      realized_gain_bdt: "0.00",
    },
  ],
};

describe("a statement", () => {
  test("at the API's own tick is what the API says", () => {
    const statement = statementOf(PORTFOLIO, { tick: 10, markets: [marketOf("ocean", "99.00")] });
    expect(statement.tick).toBe(10);
    expect(statement.totals).toEqual({
      value: 10_250_000n,
      costBasis: 12_000_000n,
      unrealized: -1_750_000n,
      realized: 1_750_000n,
      netWorth: 100_250_001n,
    });
  });

  test("after it is valued at the stream's prices, and still adds up", () => {
    const statement = statementOf(PORTFOLIO, { tick: 11, markets: [marketOf("ocean", "30.000001")] });
    expect(statement.tick).toBe(11);
    expect(statement.rows.map((row) => [row.biome, row.value, row.unrealized])).toEqual([
      ["ocean", 15_000_000n, 3_000_000n],
      ["snow", 0n, 0n],
    ]);
    expect(statement.totals.netWorth).toBe(105_000_001n);
  });

  test("keeps the API's value where the stream has no price", () => {
    expect(statementOf(PORTFOLIO, { tick: 11, markets: [] }).totals.value).toBe(10_250_000n);
  });

  test("splits the net worth into parts that are the whole together", () => {
    const { cashPart, rows } = statementOf(PORTFOLIO, { tick: null, markets: [] });
    expect(cashPart + rows.reduce((sum, row) => sum + row.part, 0)).toBe(1000);
  });
});

describe("the check of the API's totals", () => {
  test("holds for totals that are the sums of the rows", () => {
    expect(addsUp(PORTFOLIO)).toBe(true);
  });

  test.each([
    "market_value_bdt",
    "cost_basis_bdt",
    "net_worth_bdt",
    "granted_bdt",
    "realized_gain_bdt",
    "unrealized_gain_bdt",
  ] as const)("finds one micro too much in %s", (total) => {
    expect(addsUp({ ...PORTFOLIO, [total]: "77.000001" })).toBe(false);
  });
});

describe("parts of a whole", () => {
  test("are rounded so that nothing is missing", () => {
    expect(tenthsOf([1n, 1n, 1n])).toEqual([334, 333, 333]);
    expect(tenthsOf([999_999n, 1n])).toEqual([1000, 0]);
  });

  test("of nothing are nothing", () => {
    expect(tenthsOf([0n, 0n])).toEqual([0, 0]);
  });
});

test("a return on nothing is not shown", () => {
  expect(returnOf(5n, 0n)).toBeNull();
  expect(returnOf(-1n, 4n)).toBe(-25_000_000n);
});
