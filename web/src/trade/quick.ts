/** What one press fills in: quantities from what the player has, and limits from the price now. Pure. */
import { MICRO, readMicro, showMicro, writeMicro, type Micro } from "../market/micro";
import type { Market } from "../api/types";
import { sharesNow, type Draft, type Means, type Side } from "./draft";

export interface Quick {
  label: "max" | "all" | { percent: number } | { amount: string };
  /** Null: it cannot be told, or there is nothing to take a part of. */
  quantity: string | null;
}

/** Whole BDT and whole shares that one press fills in. */
const AMOUNTS_BDT = [100n, 1_000n];
const AMOUNTS_SHARES = [1n, 10n];
const PARTS_TO_BUY = [25, 50];
const PARTS_TO_SELL = [25, 50, 75];

/** Basis points in the whole. */
const WHOLE_BP = 10_000n;

/** The quantities to offer for a draft. There is no "all my cash" in shares: at the least rise of the price until the tick, it
 * would be rejected. */
export function quickQuantities(draft: Draft, means: Means, feeBp: number | null): readonly Quick[] {
  if (draft.side === "sell") {
    return [
      ...PARTS_TO_SELL.map((percent) => ({ label: { percent }, quantity: partOf(means.held, percent) })),
      { label: "all" as const, quantity: partOf(means.held, 100) },
    ];
  }
  const spend = (percent: number): string | null => {
    const amount = feeBp === null ? 0n : spendable((means.cash * BigInt(percent)) / 100n, feeBp);
    const quantity = draft.unit === "bdt" ? amount : sharesNow(amount, means.market);
    return quantity > 0n ? writeMicro(quantity) : null;
  };
  const fixed = draft.unit === "bdt" ? AMOUNTS_BDT : AMOUNTS_SHARES;
  return [
    ...fixed.map((amount) => ({
      label: { amount: showMicro(amount * MICRO, 0) },
      quantity: writeMicro(amount * MICRO),
    })),
    ...PARTS_TO_BUY.map((percent) => ({ label: { percent }, quantity: spend(percent) })),
    ...(draft.unit === "bdt" ? [{ label: "max" as const, quantity: spend(100) }] : []),
  ];
}

/** The fee on so much, as the market takes it: rounded up to the micro. */
export function feeOn(amount: Micro, feeBp: number): Micro {
  return (amount * BigInt(feeBp) + WHOLE_BP - 1n) / WHOLE_BP;
}

/** The largest amount that, with its fee, is not more than the cash. */
export function spendable(cash: Micro, feeBp: number): Micro {
  return (cash * WHOLE_BP) / (WHOLE_BP + BigInt(feeBp));
}

/**
 * A limit so many basis points from the price now, rounded to where it fills sooner: up for a buy, down for a sale. In whole
 * cents, as people write prices, where the price is large enough for them.
 */
export function limitFromPrice(market: Market, side: Side, awayBp: number): string {
  const cash = readMicro(market.market_cash_bdt);
  const total = readMicro(market.total_shares);
  if (total === 0n) return "";
  const step = readMicro(market.price_bdt) >= MICRO ? MICRO / 100n : 1n;
  const above = cash * MICRO * (WHOLE_BP + BigInt(awayBp));
  const below = total * WHOLE_BP * step;
  const steps = side === "buy" ? (above + below - 1n) / below : above / below;
  return steps === 0n ? "" : writeMicro(steps * step);
}

/** So many per cent of a holding, to the micro-share. */
function partOf(held: Micro, percent: number): string | null {
  const part = (held * BigInt(percent)) / 100n;
  return part > 0n ? writeMicro(part) : null;
}
