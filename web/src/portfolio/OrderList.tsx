import type { ReactNode } from "react";
import type { Order } from "../api/types";
import { useMarket } from "../market/store";
import { addressOf } from "../routing";
import { portfolioText, text } from "../strings";
import { orderedWords, outcomeWords } from "./orderWords";

/** Rows shown; the store keeps more. */
const SHOWN = 10;

const MARKS: Record<Order["status"], { sign: string; word: string; colour: string }> = {
  pending: { sign: "…", word: text.statusPending, colour: "text-muted" },
  filled: { sign: "✓", word: text.statusFilled, colour: "text-up" },
  rejected: { sign: "✕", word: text.statusRejected, colour: "text-down" },
};

export function OrderList(): ReactNode {
  const orders = useMarket((state) => state.orders);
  return (
    <section aria-labelledby="orders" className="card flex flex-col gap-3 p-5">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="orders" className="text-lg font-semibold">
          {text.orders}
        </h2>
        <a className="link text-sm" href={addressOf({ view: "portfolio" })}>
          {portfolioText.allTrades}
        </a>
      </div>
      {orders.length === 0 && <p className="text-sm text-muted">{text.noOrders}</p>}
      <ol className="flex flex-col" data-testid="orders">
        {orders.slice(0, SHOWN).map((order) => (
          <OrderRow key={order.order_id} order={order} />
        ))}
      </ol>
    </section>
  );
}

function OrderRow({ order }: { order: Order }): ReactNode {
  const mark = MARKS[order.status];
  return (
    <li
      data-status={order.status}
      className="flex gap-3 border-t border-line py-2 text-sm tabular-nums first:border-0"
    >
      <span aria-hidden="true" className={`w-4 text-center font-bold ${mark.colour}`}>
        {mark.sign}
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex justify-between gap-2">
          <span>{orderedWords(order)}</span>
          <span className={`shrink-0 ${mark.colour}`}>{mark.word}</span>
        </p>
        <p className="text-xs text-muted">{outcomeWords(order)}</p>
      </div>
    </li>
  );
}
