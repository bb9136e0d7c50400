import type { ReactNode } from "react";
import { showMicro, type Micro } from "../market/micro";
import { roomy } from "../page/figures";
import { text, ticketText } from "../strings";
import type { Draft, Side } from "./draft";
import type { Expected } from "./expected";
import { whyAndFix } from "./outcome";

interface Props {
  draft: Draft;
  expected: Expected | null;
  feeBp: number | null;
}

/** What the order would do now. Every row is always there, so that nothing jumps while numbers come and go. */
export function QuotePanel({ draft: { side }, expected, feeBp }: Props): ReactNode {
  const buys = side === "buy";
  const fee = feeBp === null ? ticketText.fee : ticketText.feeRate(percentOf(feeBp));
  return (
    <div className="rounded-xl bg-raised/70 px-3 py-2">
      <p className="flex justify-between text-xs text-muted tabular-nums">
        <span>{ticketText.ifNow}</span>
        <span>{expected === null ? "" : origin(expected)}</span>
      </p>
      <dl className="quote mt-1 text-sm tabular-nums">
        <Row
          label={buys ? ticketText.youGet : ticketText.youGive}
          value={amount(expected?.shares, ticketText.shares, 4)}
        />
        <Row
          label={buys ? ticketText.cost : ticketText.proceeds}
          value={amount(expected?.cash, ticketText.bdt)}
        />
        <Row label={fee} value={amount(expected?.fee, ticketText.bdt)} />
        <Row
          label={buys ? ticketText.youPay : ticketText.youReceive}
          value={amount(expected?.total, ticketText.bdt)}
          strong
        />
        <Row label={ticketText.atWorst} value={worstOf(expected, side)} />
        <Row label={ticketText.sharesAfter} value={amount(expected?.sharesAfter, ticketText.shares, 4)} />
        <Row label={ticketText.cashAfter} value={amount(expected?.cashAfter, ticketText.bdt)} />
      </dl>
      <Warning side={side} rejection={expected?.rejection ?? null} />
    </div>
  );
}

function Row({ label, value, strong }: { label: string; value: string; strong?: boolean }): ReactNode {
  return (
    <div className={`flex justify-between gap-3 ${strong === true ? "font-semibold" : ""}`}>
      <dt className={strong === true ? "" : "text-muted"}>{label}</dt>
      <dd className="truncate text-right">{value}</dd>
    </div>
  );
}

/** When it fills, and what would keep it from filling: room for both is kept. */
function Warning({ side, rejection }: { side: Side; rejection: Expected["rejection"] }): ReactNode {
  return (
    <p className="mt-1.5 min-h-19.5 border-t border-line pt-1.5 text-xs leading-4.5 text-muted">
      <strong className="font-semibold text-ink">{text.fillsNextTick}</strong>{" "}
      <span id="would-be-rejected">
        {rejection !== null && (
          <span className="font-medium text-down">
            <span aria-hidden="true">✕ </span>
            {ticketText.wouldBeRejected(whyAndFix(rejection))}
          </span>
        )}
      </span>
      {rejection === null && (side === "buy" ? ticketText.joinsThePot : ticketText.leavesThePot)}
    </p>
  );
}

function origin({ quotedAt }: Expected): string {
  return quotedAt === null ? ticketText.estimated : ticketText.quotedAt(quotedAt.toLocaleString("en"));
}

function amount(micro: Micro | null | undefined, unit: (amount: string) => string, decimals = 2): string {
  return micro == null ? ticketText.unknown : unit(roomy(showMicro(micro, decimals), 5));
}

/** Of a buy for BDT the shares are open, of everything else the BDT. */
function worstOf(expected: Expected | null, side: Side): string {
  if (expected === null) return ticketText.unknown;
  const { shares, total } = expected.worst;
  const { atLeast, atMost, bdt } = ticketText;
  if (total !== null && side === "sell") return atLeast(bdt(showMicro(total)));
  if (side === "buy" && shares !== null && shares !== expected.shares)
    return atLeast(ticketText.shares(showMicro(shares, 4)));
  if (side === "buy" && total !== null && total !== expected.total) return atMost(bdt(showMicro(total)));
  return ticketText.noBound;
}

/** Basis points as per cent: 200 is "2", 250 is "2.5". */
function percentOf(bp: number): string {
  return (bp / 100).toLocaleString("en", { maximumFractionDigits: 2 });
}
