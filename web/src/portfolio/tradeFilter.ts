/** Which trades are shown: what the form says, as the API's query and as a test of one order. */
import type { Biome, Order } from "../api/types";

export interface TradeFilter {
  biome: Biome | "";
  side: Order["side"] | "";
  status: "filled" | "rejected" | "";
  /** Days of the visitor's calendar, as a date field gives them; both are included. */
  since: string;
  until: string;
}

export const NO_FILTER: TradeFilter = { biome: "", side: "", status: "", since: "", until: "" };

export interface TradeQuery {
  biome: Biome | null;
  side: Order["side"] | null;
  status: "filled" | "rejected" | null;
  since: string | null;
  until: string | null;
}

export function queryOf(filter: TradeFilter): TradeQuery {
  return {
    biome: filter.biome === "" ? null : filter.biome,
    side: filter.side === "" ? null : filter.side,
    status: filter.status === "" ? null : filter.status,
    since: dayStart(filter.since, 0),
    // The API's `until` is the first moment that is not in it any more.
    until: dayStart(filter.until, 1),
  };
}

/** Whether a decided order is one that the API would give for the query. */
export function matches(order: Order, query: TradeQuery): boolean {
  const placed = Date.parse(order.placed_at);
  return (
    order.status !== "pending" &&
    (query.biome === null || order.biome === query.biome) &&
    (query.side === null || order.side === query.side) &&
    (query.status === null || order.status === query.status) &&
    (query.since === null || placed >= Date.parse(query.since)) &&
    (query.until === null || placed < Date.parse(query.until))
  );
}

/** The first moment of a day of the visitor's calendar, so many days later; null when the text is no day. */
function dayStart(day: string, later: number): string | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (match === null) return null;
  const start = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later);
  // While a year is typed, the field holds years such as 0002.
  return start.getFullYear() < 1970 || start.getFullYear() > 9998 ? null : start.toISOString();
}
