import type { ReactNode } from "react";
import type { Order } from "../api/types";
import { shownPrice } from "../page/axis";
import { readMicro, showMicro } from "../market/micro";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES, portfolioText, text } from "../strings";
import { orderedAmount, orderedWords, outcomeWords } from "./orderWords";

const WHEN = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function TradeTable({ trades }: { trades: readonly Order[] }): ReactNode {
  return (
    <div className="overflow-x-auto">
      <table className="ledger" data-testid="trades">
        <caption className="sr-only">{portfolioText.tradesCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{portfolioText.when}</th>
            <th scope="col" className="words">
              {portfolioText.ordered}
            </th>
            <th scope="col" className="words">
              {portfolioText.outcome}
            </th>
            <th scope="col">{text.shares}</th>
            <th scope="col">{portfolioText.price}</th>
            <th scope="col">{portfolioText.cashMoved}</th>
            <th scope="col">{portfolioText.fee}</th>
            <th scope="col">{portfolioText.tick}</th>
          </tr>
        </thead>
        <tbody>
          {trades.map((order) => (
            <TradeRow key={order.order_id} order={order} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TradeRow({ order }: { order: Order }): ReactNode {
  return (
    <tr data-status={order.status}>
      <td className="whitespace-nowrap text-muted">
        <time dateTime={order.placed_at}>{WHEN.format(Date.parse(order.placed_at))}</time>
      </td>
      <td className="words" data-biome={order.biome}>
        <span className="flex items-center gap-2">
          <BiomeGlyph biome={order.biome} className="size-6 shrink-0 rounded-md bg-biome/15 text-biome" />
          <span>
            <SideWord order={order} /> {BIOME_NAMES[order.biome]}
            <span className="block text-xs text-muted">{orderedAmount(order)}</span>
          </span>
        </span>
      </td>
      <td className="words">
        <Outcome order={order} />
      </td>
      {order.rejection === null ? (
        <>
          <td>{shown(order.shares, 4)}</td>
          <td>{order.price_bdt === null ? "–" : shownPrice(readMicro(order.price_bdt))}</td>
          <td className="font-semibold">{shown(order.cash_bdt)}</td>
          <td>{shown(order.fee_bdt)}</td>
        </>
      ) : (
        <td colSpan={4} className="words text-muted">
          {order.rejection.detail}
        </td>
      )}
      <td className="text-muted">{order.tick?.toLocaleString("en")}</td>
    </tr>
  );
}

export function TradeCards({ trades }: { trades: readonly Order[] }): ReactNode {
  return (
    <ol className="flex flex-col" data-testid="trades">
      {trades.map((order) => (
        <li
          key={order.order_id}
          data-biome={order.biome}
          data-status={order.status}
          className="flex gap-3 border-t border-line py-3 text-sm tabular-nums first:border-0"
        >
          <BiomeGlyph biome={order.biome} className="size-9 shrink-0 rounded-lg bg-biome/15 text-biome" />
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap justify-between gap-x-2">
              <span className="font-medium">{orderedWords(order)}</span>
              <Outcome order={order} />
            </p>
            <p className="text-xs text-muted">{outcomeWords(order)}</p>
            <p className="text-xs text-muted">
              <time dateTime={order.placed_at}>{WHEN.format(Date.parse(order.placed_at))}</time>
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function SideWord({ order }: { order: Order }): ReactNode {
  return <b className="font-semibold">{order.side === "buy" ? text.buy : text.sell}</b>;
}

function Outcome({ order }: { order: Order }): ReactNode {
  const filled = order.status === "filled";
  return (
    <span className={`whitespace-nowrap ${filled ? "text-up" : "text-down"}`}>
      <span aria-hidden="true">{filled ? "✓" : "✕"} </span>
      {filled ? text.statusFilled : text.statusRejected}
    </span>
  );
}

function shown(amount: string | null, decimals = 2): string {
  return amount === null ? "–" : showMicro(readMicro(amount), decimals);
}
