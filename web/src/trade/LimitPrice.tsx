import type { ReactNode } from "react";
import type { Market } from "../api/types";
import { ticketText } from "../strings";
import type { Draft } from "./draft";
import { limitFromPrice } from "./quick";
import { changeTicket } from "./ticket";

export function LimitPrice({ draft, market }: { draft: Draft; market: Market }): ReactNode {
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-2">
        <label htmlFor="limit" className="text-sm font-medium">
          {ticketText.limit} <span className="font-normal text-muted">({ticketText.limitHint})</span>
        </label>
        <p id="limit-hint" className="text-xs text-muted">
          {draft.side === "buy" ? ticketText.limitBuyHint : ticketText.limitSellHint}
        </p>
      </div>
      <div className="flex gap-1.5">
        <input
          id="limit"
          className="field min-w-0 flex-1 tabular-nums"
          name="limit"
          inputMode="decimal"
          autoComplete="off"
          aria-describedby="limit-hint"
          value={draft.limit}
          onChange={(event) => changeTicket({ limit: event.target.value })}
        />
        <div role="group" aria-label={ticketText.limitNear} className="flex gap-1.5">
          {ticketText.limitSteps.map(([awayBp, shown, label]) => (
            <button
              key={awayBp}
              type="button"
              className="button px-2 whitespace-nowrap"
              aria-label={label}
              title={label}
              onClick={() => changeTicket({ limit: limitFromPrice(market, draft.side, awayBp) })}
            >
              {shown}
            </button>
          ))}
          <button
            type="button"
            className="button px-2"
            aria-label={ticketText.noLimitHint}
            title={ticketText.noLimitHint}
            disabled={draft.limit === ""}
            onClick={() => changeTicket({ limit: "" })}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      </div>
    </div>
  );
}
