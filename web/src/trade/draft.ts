/** From what a person typed to the request that is sent, or to what is wrong with it. Pure. */
import type { Biome, Buy, Market, Sell } from "../api/types";
import { parseMicro, readMicro, writeMicro, type Micro } from "../market/micro";

export type Side = "buy" | "sell";
export type Unit = "bdt" | "shares";

export interface Draft {
  biome: Biome;
  side: Side;
  /** What a buy's quantity counts. A sale is always in shares. */
  unit: Unit;
  quantity: string;
  /** Limit price in BDT a share; empty: none. */
  limit: string;
}

export const EMPTY_DRAFT: Draft = { biome: "ocean", side: "buy", unit: "bdt", quantity: "", limit: "" };

/** A draft after a change, without what the change has made meaningless: an amount of BDT suits every biome, but a number
 * of shares or a limit belongs to the biome, the side and the unit that it was typed for. */
export function changed(draft: Draft, part: Partial<Draft>): Draft {
  const next = { ...draft, ...part };
  const sideChanged = next.side !== draft.side;
  const biomeChanged = next.biome !== draft.biome;
  const lastsOverBiomes = draft.side === "buy" && draft.unit === "bdt";
  const quantityVoid = sideChanged || next.unit !== draft.unit || (biomeChanged && !lastsOverBiomes);
  return {
    ...next,
    quantity: quantityVoid ? (part.quantity ?? "") : next.quantity,
    limit: sideChanged || biomeChanged ? (part.limit ?? "") : next.limit,
  };
}

export interface Means {
  cash: Micro;
  held: Micro;
  market: Market;
}

export type Fault =
  | "QUANTITY_MISSING"
  | "QUANTITY_NOT_A_NUMBER"
  | "LIMIT_NOT_A_NUMBER"
  | "MORE_THAN_YOUR_CASH"
  | "MORE_THAN_YOU_HOLD";

export type OrderRequest = { side: "buy"; body: Buy } | { side: "sell"; body: Sell };
export type Checked = { ok: true; request: OrderRequest } | { ok: false; fault: Fault };

/**
 * A buy in shares says what it pays at most, fee included: this much above the price that the person sees, per cent.
 * Room for the fee and for half a second of movement; a price that ran further is not what the person agreed to.
 */
export const MAX_PAY_MARGIN_PERCENT = 10n;

/** Checks only what can be known for certain before the tick; everything else is the market's to decide. */
export function checkDraft(draft: Draft, means: Means, clientOrderId: string): Checked {
  if (draft.quantity.trim() === "") return { ok: false, fault: "QUANTITY_MISSING" };
  const quantity = typedAmount(draft.quantity);
  if (quantity === null) return { ok: false, fault: "QUANTITY_NOT_A_NUMBER" };
  const limit = draft.limit.trim() === "" ? null : typedAmount(draft.limit);
  if (limit === null && draft.limit.trim() !== "") return { ok: false, fault: "LIMIT_NOT_A_NUMBER" };
  const terms = {
    biome: draft.biome,
    client_order_id: clientOrderId,
    ...(limit === null ? {} : { limit_price_bdt: writeMicro(limit) }),
  };
  if (draft.side === "sell") {
    if (quantity > means.held) return { ok: false, fault: "MORE_THAN_YOU_HOLD" };
    return { ok: true, request: { side: "sell", body: { ...terms, shares: writeMicro(quantity) } } };
  }
  if (draft.unit === "shares") {
    const maxPay = mostToPay(quantity, means);
    if (maxPay === null) return { ok: false, fault: "MORE_THAN_YOUR_CASH" };
    const body = { ...terms, shares: writeMicro(quantity), max_pay_bdt: writeMicro(maxPay) };
    return { ok: true, request: { side: "buy", body } };
  }
  if (quantity > means.cash) return { ok: false, fault: "MORE_THAN_YOUR_CASH" };
  return { ok: true, request: { side: "buy", body: { ...terms, amount_bdt: writeMicro(quantity) } } };
}

/** A positive amount as people type it: spaces around it and commas between thousands do no harm. */
export function typedAmount(text: string): Micro | null {
  const trimmed = text.trim();
  const grouped = /^\d{1,3}(,\d{3})+(\.\d*)?$/.test(trimmed);
  const amount = parseMicro(grouped ? trimmed.replaceAll(",", "") : trimmed);
  return amount !== null && amount > 0n ? amount : null;
}

/** Micro-BDT that so many micro-shares cost at the price now, rounded up, without the fee. */
export function costNow(shares: Micro, market: Market): Micro {
  const cash = readMicro(market.market_cash_bdt);
  const total = readMicro(market.total_shares);
  return total === 0n ? 0n : (shares * cash + total - 1n) / total;
}

/** Micro-shares that so much micro-BDT buys at the price now, rounded down. */
export function sharesNow(amount: Micro, market: Market): Micro {
  const cash = readMicro(market.market_cash_bdt);
  return cash === 0n ? 0n : (amount * readMicro(market.total_shares)) / cash;
}

/** The `max_pay` of a buy in shares: the cost now with the margin, but never more than the player has. Null when even the
 * cost now is more than that. */
export function mostToPay(shares: Micro, { cash, market }: Means): Micro | null {
  const cost = costNow(shares, market);
  if (cost > cash) return null;
  const withMargin = cost + (cost * MAX_PAY_MARGIN_PERCENT) / 100n + 1n;
  return withMargin < cash ? withMargin : cash;
}
