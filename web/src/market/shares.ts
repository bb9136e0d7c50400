/** How cash and attention are split among the biomes: the difference is where the next redistributions pull. */
import type { Biome, Market } from "../api/types";
import { perMille, readMicro } from "./micro";
import type { MarketState } from "./state";

/** Ticks over which attention is summed for showing: one half second alone is mostly noise. */
export const ATTENTION_TICKS = 10;
/** Tenths of a per cent under which cash and the attention that pulls it are called level. */
const LEVEL = 2;

export type Pull = "up" | "down" | "level" | "none";

export interface Split {
  /** Tenths of a per cent of all cash. */
  cash: number;
  /** Tenths of a per cent of the attention of the last ticks; null when nobody gave any. */
  attention: number | null;
  /** Tenths of a per cent of all cash towards which attention pulls this biome's: the share that it would come to if
   * attention stayed as it is. Null when nothing pulls it: no attention, or the biome is halted. */
  target: number | null;
}

export type Splits = Readonly<Partial<Record<Biome, Split>>>;

/** Every tick brings a new list of markets: its splits are counted once, however many components ask. */
const counted = new WeakMap<readonly Market[], Splits>();

/** For `useMarket`: the same object until the next tick. */
export function selectSplits({ markets, trails }: MarketState): Splits {
  const known = counted.get(markets);
  if (known !== undefined) return known;
  const splits = splitsOf(markets, trails);
  counted.set(markets, splits);
  return splits;
}

export function splitOf(biome: Biome, markets: readonly Market[], trails: MarketState["trails"]): Split {
  return splitsOf(markets, trails)[biome] ?? { cash: 0, attention: null, target: null };
}

export function splitsOf(markets: readonly Market[], trails: MarketState["trails"]): Splits {
  const parts = markets.map(({ biome, halted, market_cash_bdt }) => ({
    biome,
    halted,
    cash: readMicro(market_cash_bdt),
    attention: BigInt(recentAttention(trails[biome] ?? [])),
  }));
  // A halted biome neither pays into the pool nor receives from it: its cash is no part of what is dealt.
  const moving = parts.filter(({ halted }) => !halted);
  const cash = total(parts.map((part) => part.cash));
  const movingCash = total(moving.map((part) => part.cash));
  const attention = total(parts.map((part) => part.attention));
  const movingAttention = total(moving.map((part) => part.attention));
  const splits: Partial<Record<Biome, Split>> = {};
  for (const part of parts) {
    splits[part.biome] = {
      cash: perMille(part.cash, cash),
      attention: attention === 0n ? null : perMille(part.attention, attention),
      target:
        part.halted || movingAttention === 0n
          ? null
          : perMille(part.attention * movingCash, movingAttention * cash),
    };
  }
  return splits;
}

export function pullOf({ cash, target }: Split): Pull {
  if (target === null) return "none";
  if (Math.abs(target - cash) <= LEVEL) return "level";
  return target > cash ? "up" : "down";
}

/** Tenths of a per cent, for reading. */
export function showPerMille(share: number): string {
  return `${(share / 10).toFixed(1)} %`;
}

/** Points of attention of the last ticks. */
export function recentAttention(trail: readonly { attention: number }[], ticks = ATTENTION_TICKS): number {
  return trail.slice(-ticks).reduce((sum, { attention }) => sum + attention, 0);
}

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}
