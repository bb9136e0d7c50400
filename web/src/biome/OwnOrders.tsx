import { useMemo, type ReactNode } from "react";
import type { Biome, Order } from "../api/types";
import { useMarket } from "../market/store";
import { orderedWords, outcomeWords } from "../portfolio/orderWords";
import { BIOME_NAMES, biomeText, text } from "../strings";

/** Rows shown: the portfolio has all of them. */
const SHOWN = 5;

const MARKS: Record<Order["status"], { sign: string; word: string; colour: string }> = {
  pending: { sign: "…", word: text.statusPending, colour: "text-muted" },
  filled: { sign: "✓", word: text.statusFilled, colour: "text-up" },
  rejected: { sign: "✕", word: text.statusRejected, colour: "text-down" },
};

/** The player's latest orders in this biome, beside what is good to know before the next one. */
export function OwnOrders({ biome }: { biome: Biome }): ReactNode {
  const orders = useMarket((state) => state.orders);
  const signedIn = useMarket((state) => state.account !== null);
  const own = useMemo(() => orders.filter((order) => order.biome === biome).slice(0, SHOWN), [orders, biome]);
  return (
    <div className="grid items-start gap-4 lg:gap-6 xl:grid-cols-2">
      {signedIn && (
        <section aria-labelledby="own-orders" className="card flex flex-col gap-2 p-4 sm:p-5">
          <h3 id="own-orders" className="text-lg font-semibold">
            {biomeText.ownOrders(BIOME_NAMES[biome])}
          </h3>
          {own.length === 0 && (
            <p className="text-sm text-muted">{biomeText.noOwnOrders(BIOME_NAMES[biome])}</p>
          )}
          <ol className="flex flex-col">
            {own.map((order) => (
              <OwnOrder key={order.order_id} order={order} />
            ))}
          </ol>
        </section>
      )}
      <section
        aria-labelledby="reminders"
        className={`card flex flex-col gap-2 p-4 sm:p-5 ${signedIn ? "" : "xl:col-span-2"}`}
      >
        <h3 id="reminders" className="text-lg font-semibold">
          {biomeText.reminders}
        </h3>
        <ul className="flex list-disc flex-col gap-1.5 pl-5 text-sm text-muted marker:text-biome">
          {biomeText.reminder.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function OwnOrder({ order }: { order: Order }): ReactNode {
  const mark = MARKS[order.status];
  return (
    <li className="flex gap-3 border-t border-line py-2 text-sm tabular-nums first:border-0">
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
