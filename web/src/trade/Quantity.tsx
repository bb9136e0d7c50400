import type { ReactNode } from "react";
import { showMicro, writeMicro } from "../market/micro";
import { ticketText } from "../strings";
import { Segments } from "../page/Segments";
import type { Draft, Means, Side } from "./draft";
import { quickQuantities, type Quick } from "./quick";
import { changeTicket } from "./ticket";

interface Props {
  draft: Draft;
  means: Means;
  feeBp: number | null;
}

export function Quantity({ draft, means, feeBp }: Props): ReactNode {
  const inBdt = draft.side === "buy" && draft.unit === "bdt";
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex min-h-10.5 items-center justify-between gap-2">
        <div>
          <label htmlFor="quantity" className="block text-sm font-medium">
            {inBdt ? ticketText.amountBdt : ticketText.amountShares}
          </label>
          <p id="quantity-hint" className="text-xs text-muted tabular-nums">
            {draft.side === "buy"
              ? ticketText.available(showMicro(means.cash))
              : ticketText.held(writeMicro(means.held))}
          </p>
        </div>
        {draft.side === "buy" && (
          <div className="w-34 shrink-0">
            <Segments
              label={ticketText.unit}
              name="unit"
              value={draft.unit}
              options={[
                ["bdt", ticketText.inBdt],
                ["shares", ticketText.inShares],
              ]}
              onChange={(unit) => changeTicket({ unit })}
            />
          </div>
        )}
      </div>
      <input
        id="quantity"
        className="field text-lg font-semibold tabular-nums"
        name="quantity"
        inputMode="decimal"
        autoComplete="off"
        placeholder="0.00"
        aria-describedby="quantity-hint would-be-rejected"
        value={draft.quantity}
        onChange={(event) => changeTicket({ quantity: event.target.value })}
      />
      <QuickQuantities quick={quickQuantities(draft, means, feeBp)} side={draft.side} />
    </div>
  );
}

function QuickQuantities({ quick, side }: { quick: readonly Quick[]; side: Side }): ReactNode {
  return (
    <div
      role="group"
      aria-label={ticketText.quickAmounts}
      className="grid auto-cols-fr grid-flow-col gap-1.5"
    >
      {quick.map(({ label, quantity }) => (
        <button
          key={shownLabel(label)}
          type="button"
          className="button px-1 whitespace-nowrap tabular-nums"
          title={hintOf(label, side)}
          disabled={quantity === null}
          onClick={() => changeTicket({ quantity: quantity ?? "" })}
        >
          {shownLabel(label)}
        </button>
      ))}
    </div>
  );
}

function shownLabel(label: Quick["label"]): string {
  if (typeof label === "string") return ticketText[label];
  return "percent" in label ? ticketText.percent(label.percent) : label.amount;
}

function hintOf(label: Quick["label"], side: Side): string | undefined {
  if (label === "max") return ticketText.maxHint;
  if (typeof label === "string" || "amount" in label) return undefined;
  return side === "buy" ? ticketText.ofCash(label.percent) : ticketText.ofHolding(label.percent);
}
