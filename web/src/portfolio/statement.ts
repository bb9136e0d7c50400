/** The portfolio as rows and totals: what the API's sums say, at the prices of the latest tick. All in whole micro units. */
import type { components } from "../api/schema";
import type { Biome, Market } from "../api/types";
import { BIOMES } from "../market/biomes";
import { marketValue } from "../market/holdings";
import { MICRO, readMicro, type Micro } from "../market/micro";

export type Portfolio = components["schemas"]["Portfolio"];

export interface StatementRow {
  biome: Biome;
  shares: Micro;
  averageCost: Micro;
  costBasis: Micro;
  price: Micro | null;
  value: Micro;
  unrealized: Micro;
  realized: Micro;
  /** Tenths of a per cent of the net worth. */
  part: number;
}

export interface Totals {
  value: Micro;
  costBasis: Micro;
  unrealized: Micro;
  realized: Micro;
  netWorth: Micro;
}

export interface Statement {
  /** The tick whose prices are in it. */
  tick: number;
  cash: Micro;
  cashPart: number;
  granted: Micro;
  feesPaid: Micro;
  rows: readonly StatementRow[];
  totals: Totals;
}

export interface Prices {
  tick: number | null;
  markets: readonly Market[];
}

/** The statement at the latest prices that are known: the stream's, unless the API's are newer. */
export function statementOf(portfolio: Portfolio, prices: Prices): Statement {
  const live = prices.tick !== null && prices.tick > portfolio.tick;
  const markets = new Map(prices.markets.map((market) => [market.biome, market]));
  const cash = readMicro(portfolio.cash_bdt);
  const held = new Map(portfolio.holdings.map((holding) => [holding.biome, holding]));
  const rows = BIOMES.flatMap((biome) => {
    const holding = held.get(biome);
    return holding === undefined ? [] : [rowOf(holding, markets.get(biome), live)];
  });
  const totals = totalsOf(rows, cash);
  const [cashPart = 0, ...parts] = tenthsOf([cash, ...rows.map((row) => row.value)]);
  return {
    tick: live ? (prices.tick ?? portfolio.tick) : portfolio.tick,
    cash,
    cashPart,
    granted: readMicro(portfolio.granted_bdt),
    feesPaid: readMicro(portfolio.fees_paid_bdt),
    rows: rows.map((row, index) => ({ ...row, part: parts[index] ?? 0 })),
    totals,
  };
}

function rowOf(
  holding: Portfolio["holdings"][number],
  market: Market | undefined,
  live: boolean,
): StatementRow {
  const shares = readMicro(holding.shares);
  const costBasis = readMicro(holding.cost_basis_bdt);
  const value =
    live && market !== undefined ? marketValue(shares, market) : readMicro(holding.market_value_bdt);
  return {
    biome: holding.biome,
    shares,
    averageCost: readMicro(holding.average_cost_bdt),
    costBasis,
    price: market === undefined ? null : readMicro(market.price_bdt),
    value,
    unrealized: value - costBasis,
    realized: readMicro(holding.realized_gain_bdt),
    part: 0,
  };
}

function totalsOf(rows: readonly StatementRow[], cash: Micro): Totals {
  const value = sum(rows.map((row) => row.value));
  return {
    value,
    costBasis: sum(rows.map((row) => row.costBasis)),
    unrealized: sum(rows.map((row) => row.unrealized)),
    realized: sum(rows.map((row) => row.realized)),
    netWorth: cash + value,
  };
}

/** Whether the rows of the API's own portfolio add up to its totals, to the last digit. */
export function addsUp(portfolio: Portfolio): boolean {
  const { cash, granted, totals } = statementOf(portfolio, { tick: null, markets: [] });
  return (
    totals.value === readMicro(portfolio.market_value_bdt) &&
    totals.costBasis === readMicro(portfolio.cost_basis_bdt) &&
    totals.unrealized === readMicro(portfolio.unrealized_gain_bdt) &&
    totals.realized === readMicro(portfolio.realized_gain_bdt) &&
    cash + totals.value === readMicro(portfolio.net_worth_bdt) &&
    granted + totals.realized + totals.unrealized === totals.netWorth
  );
}

/** Each part of the whole in tenths of a per cent, by largest remainder: together they are 100 % and not 99.9. */
export function tenthsOf(parts: readonly Micro[]): readonly number[] {
  const whole = sum(parts);
  if (whole === 0n) return parts.map(() => 0);
  const floors = parts.map((part) => (part * 1000n) / whole);
  const left = Number(1000n - sum(floors));
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: (part * 1000n) % whole }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  const raised = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return floors.map((floor, index) => Number(floor) + (raised.has(index) ? 1 : 0));
}

/** "12.3" of 123 tenths. */
export function showTenths(tenths: number): string {
  return (tenths / 10).toFixed(1);
}

/** A gain in micro per cents of what it cost, cut off; null when that was nothing. */
export function returnOf(gain: Micro, cost: Micro): Micro | null {
  return cost === 0n ? null : (gain * 100n * MICRO) / cost;
}

function sum(amounts: readonly Micro[]): Micro {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
