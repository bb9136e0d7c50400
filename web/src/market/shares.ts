/** How cash and attention are split among the biomes: the difference is where the next redistributions pull. */
import type { Biome, Market } from "../api/types";
import { perMille, readMicro } from "./micro";
import type { MarketState } from "./state";

/** Ticks over which attention is summed for showing: one half second alone is mostly noise. */
export const ATTENTION_TICKS = 10;

export interface Split {
  /** Tenths of a per cent of all cash. */
  cash: number;
  /** Tenths of a per cent of the attention of the last ticks; null when nobody gave any. */
  attention: number | null;
}

export function splitOf(biome: Biome, markets: readonly Market[], trails: MarketState["trails"]): Split {
  const cash = markets.map((market) => ({ biome: market.biome, amount: readMicro(market.market_cash_bdt) }));
  const attention = markets.map((market) => ({
    biome: market.biome,
    amount: BigInt(recentAttention(trails[market.biome] ?? [])),
  }));
  const given = total(attention);
  return {
    cash: perMille(amountOf(biome, cash), total(cash)),
    attention: given === 0n ? null : perMille(amountOf(biome, attention), given),
  };
}

function recentAttention(trail: readonly { attention: number }[]): number {
  return trail.slice(-ATTENTION_TICKS).reduce((sum, { attention }) => sum + attention, 0);
}

interface Part {
  biome: Biome;
  amount: bigint;
}

function total(parts: readonly Part[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}

function amountOf(biome: Biome, parts: readonly Part[]): bigint {
  return parts.find((part) => part.biome === biome)?.amount ?? 0n;
}
