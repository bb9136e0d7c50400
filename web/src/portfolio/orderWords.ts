/** Orders in words: what was asked for, and what came of it. */
import type { Order } from "../api/types";
import { readMicro, showMicro } from "../market/micro";
import { BIOME_NAMES, CURRENCY, portfolioText, text } from "../strings";

/** "Buy Snow for 100.00 BDT", "Sell 1.2500 Forest". */
export function orderedWords({ side, biome, ordered }: Order): string {
  const verb = side === "buy" ? text.buy : text.sell;
  const name = BIOME_NAMES[biome];
  if (ordered.amount_bdt != null)
    return text.orderedFor(verb, name, `${shown(ordered.amount_bdt)} ${CURRENCY}`);
  return text.orderedShares(verb, name, shown(ordered.shares, 4));
}

/** "for 100.00 BDT, limit 99.50", "1.2500 shares": what was asked for, without the biome. */
export function orderedAmount({ ordered }: Order): string {
  const amount =
    ordered.amount_bdt == null
      ? portfolioText.someShares(shown(ordered.shares, 4))
      : portfolioText.forCash(`${shown(ordered.amount_bdt)} ${CURRENCY}`);
  return ordered.limit_price_bdt == null
    ? amount
    : `${amount}, ${portfolioText.withLimit(shown(ordered.limit_price_bdt))}`;
}

/** One line under it: the price that it got, or why it was rejected. */
export function outcomeWords(order: Order): string {
  if (order.status === "pending") return text.fillsNextTick;
  // A line may end before it, not within it.
  const tick = order.tick === null ? "" : text.inTick(order.tick.toLocaleString("en")).replace(" ", "\u00a0");
  if (order.rejection !== null) return [order.rejection.detail, tick].filter(Boolean).join(" · ");
  return [
    `${shown(order.shares, 4)} ${text.atPrice(shown(order.price_bdt))}`,
    `${shown(order.cash_bdt)} ${CURRENCY}`,
    text.feeOf(shown(order.fee_bdt)),
    tick,
  ].join(" · ");
}

/** The sentence that the ticket says of the order that was just placed. */
export function resultSentence(order: Order): string {
  if (order.status === "pending") return text.pending(orderedWords(order));
  if (order.rejection !== null) return text.rejected(order.rejection.detail);
  return text.filled(
    order.side,
    shown(order.shares, 4),
    BIOME_NAMES[order.biome],
    shown(order.price_bdt),
    `${shown(order.cash_bdt)} ${CURRENCY}`,
    shown(order.fee_bdt),
  );
}

function shown(amount: string | null | undefined, decimals = 2): string {
  return amount == null ? "–" : showMicro(readMicro(amount), decimals);
}
