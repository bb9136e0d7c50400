/** The pages of the trade history, and the fills that the stream told since. */
import type { components } from "../api/schema";
import type { Order } from "../api/types";
import { matches, type TradeQuery } from "./tradeFilter";

export type TradePage = components["schemas"]["Transactions"];

/**
 * One list, newest first, each order once. Of the stream's orders only those are new that are not older than the newest of the
 * pages: an older one has its place on a page that may not be loaded yet.
 */
export function mergedTrades(
  pages: readonly TradePage[],
  live: readonly Order[],
  query: TradeQuery,
): Order[] {
  const paged = pages.flatMap((page) => page.items);
  const known = new Set(paged.map((order) => order.order_id));
  const newestTick = paged[0]?.tick ?? 0;
  const fresh = live.filter(
    (order) => !known.has(order.order_id) && (order.tick ?? 0) >= newestTick && matches(order, query),
  );
  return [...fresh.toSorted(newestFirst), ...paged];
}

function newestFirst(a: Order, b: Order): number {
  const byTick = (b.tick ?? 0) - (a.tick ?? 0);
  return byTick === 0 ? Date.parse(b.placed_at) - Date.parse(a.placed_at) : byTick;
}

/** What came since the pages is more than the stream's list holds: then some may be in neither. */
export function mayMiss(pages: readonly TradePage[], live: readonly Order[], kept: number): boolean {
  if (live.length < kept) return false;
  const newestTick = pages[0]?.items[0]?.tick ?? 0;
  return live.every((order) => order.tick === null || order.tick > newestTick);
}
