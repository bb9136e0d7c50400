/** What an order would do if it filled now: as the API quoted it, or else as far as the page can tell itself. Pure. */
import type { components } from "../api/schema";
import { MICRO, readMicro, type Micro } from "../market/micro";
import { costNow, mostToPay, sharesNow, typedAmount, type Draft, type Means } from "./draft";
import { feeOn } from "./quick";

export type Quote = components["schemas"]["Quote"];
export type Rejection = components["schemas"]["Rejection"];

export interface Expected {
  /** The tick that was quoted at; null when this is the page's own estimate. */
  quotedAt: number | null;
  shares: Micro | null;
  /** BDT that would move, without the fee. */
  cash: Micro | null;
  fee: Micro | null;
  /** What is paid or received, fee included. */
  total: Micro | null;
  cashAfter: Micro | null;
  sharesAfter: Micro | null;
  /** However the price moves until the tick. Null: nothing bounds it. */
  worst: { shares: Micro | null; total: Micro | null };
  rejection: { code: Rejection; detail: string } | null;
}

export function expectedOf(quote: Quote): Expected {
  return {
    quotedAt: quote.tick,
    shares: readOrNull(quote.shares),
    cash: readOrNull(quote.cash_bdt),
    fee: readOrNull(quote.fee_bdt),
    total: readOrNull(quote.total_bdt),
    cashAfter: readOrNull(quote.cash_after_bdt),
    sharesAfter: readOrNull(quote.shares_after),
    worst: { shares: readOrNull(quote.worst_case.shares), total: readOrNull(quote.worst_case.total_bdt) },
    rejection: quote.rejection,
  };
}

/** The same from the price and the account that the page sees; null when no quantity can be read. Rejections that only the
 * market can know of (too many orders, a hold, the largest order) are missing. */
export function estimateOf(draft: Draft, means: Means, feeBp: number | null): Expected | null {
  const quantity = typedAmount(draft.quantity);
  if (quantity === null) return null;
  const limit = typedAmount(draft.limit);
  const { shares, cash } = movedNow(draft, quantity, means);
  const fee = feeBp === null ? null : feeOn(cash, feeBp);
  const buys = draft.side === "buy";
  const total = fee === null ? null : buys ? cash + fee : cash - fee;
  const rejection = rejectionNow(draft, means, { shares, limit, needed: total ?? cash });
  const ok = rejection === null && total !== null;
  return {
    quotedAt: null,
    shares,
    cash,
    fee,
    total,
    cashAfter: ok ? means.cash + (buys ? -total : total) : null,
    sharesAfter: ok ? means.held + (buys ? shares : -shares) : null,
    worst: worstCase(draft, quantity, { limit, feeBp, means }),
    rejection: rejection === null ? null : { code: rejection, detail: "" },
  };
}

function movedNow(draft: Draft, quantity: Micro, { market }: Means): { shares: Micro; cash: Micro } {
  if (draft.side === "buy" && draft.unit === "bdt")
    return { shares: sharesNow(quantity, market), cash: quantity };
  if (draft.side === "buy") return { shares: quantity, cash: costNow(quantity, market) };
  const total = readMicro(market.total_shares);
  const proceeds = total === 0n ? 0n : (quantity * readMicro(market.market_cash_bdt)) / total;
  return { shares: quantity, cash: proceeds };
}

/** In the market's order of its reasons. */
function rejectionNow(
  draft: Draft,
  { cash, held, market }: Means,
  { shares, limit, needed }: { shares: Micro; limit: Micro | null; needed: Micro },
): Rejection | null {
  if (market.halted) return "HALTED";
  if (limit !== null && !limitHolds(draft, limit, market)) return "LIMIT_NOT_MET";
  if (draft.side === "buy") return needed > cash ? "INSUFFICIENT_FUNDS" : null;
  return shares > held ? "INSUFFICIENT_SHARES" : null;
}

/** Compared exactly, as the market does: equality fills. */
function limitHolds({ side }: Draft, limit: Micro, market: Means["market"]): boolean {
  const price = readMicro(market.market_cash_bdt) * MICRO;
  const limited = limit * readMicro(market.total_shares);
  return side === "buy" ? price <= limited : price >= limited;
}

function worstCase(
  draft: Draft,
  quantity: Micro,
  { limit, feeBp, means }: { limit: Micro | null; feeBp: number | null; means: Means },
): Expected["worst"] {
  if (draft.side === "buy" && draft.unit === "bdt")
    return { shares: limit === null ? null : (quantity * MICRO) / limit, total: null };
  if (draft.side === "buy") {
    const most = mostToPay(quantity, means);
    if (limit === null || feeBp === null) return { shares: quantity, total: most };
    const cost = (quantity * limit + MICRO - 1n) / MICRO;
    const atLimit = cost + feeOn(cost, feeBp);
    return { shares: quantity, total: most !== null && most < atLimit ? most : atLimit };
  }
  if (limit === null || feeBp === null) return { shares: quantity, total: null };
  const proceeds = (quantity * limit) / MICRO;
  return { shares: quantity, total: proceeds - feeOn(proceeds, feeBp) };
}

function readOrNull(amount: string | null): Micro | null {
  return amount === null ? null : readMicro(amount);
}
