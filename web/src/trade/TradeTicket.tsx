import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { NO_ANSWER, post, type Answer } from "../api/client";
import type { Account, Biome, Market, Order } from "../api/types";
import { sharesHeld } from "../market/holdings";
import { BIOMES } from "../market/biomes";
import { readMicro, showMicro } from "../market/micro";
import { marketStore, useMarket } from "../market/store";
import { BIOME_NAMES, FAULTS, text } from "../strings";
import { costNow, mostToPay, portionOf, sharesNow, typedAmount, type Draft, type Means } from "./draft";
import { prepareSubmission, type Submission } from "./submission";
import { announce } from "../page/announcements";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { resultSentence } from "../portfolio/orderWords";
import { sentenceOf } from "../page/problems";
import { Segments } from "../page/Segments";

/** Whole BDT that one press fills in. */
const QUICK_BDT = ["10", "100", "500", "1000"];
/** Per cent of the holding that one press fills in. */
const QUICK_PERCENT = [25n, 50n, 100n];

type Terms = Omit<Draft, "biome">;
const EMPTY: Terms = { side: "buy", unit: "bdt", quantity: "", limit: "" };

interface Props {
  biome: Biome;
  market: Market;
  account: Account;
  onBiome: (biome: Biome) => void;
}

export function TradeTicket({ biome, market, account, onBiome }: Props): ReactNode {
  const [terms, setTerms] = useState(EMPTY);
  const draft: Draft = { ...terms, biome };
  const means: Means = { cash: readMicro(account.cash_bdt), held: sharesHeld(account, biome), market };
  const { sending, note, followed, place } = usePlacing(() => setTerms({ ...terms, quantity: "" }));
  const change = (part: Partial<Terms>): void => setTerms({ ...terms, ...part });

  function submit(event: FormEvent): void {
    event.preventDefault();
    void place(draft, means);
  }

  return (
    <section id="trade" tabIndex={-1} aria-labelledby="ticket" data-biome={biome} className="card p-5">
      <h2 id="ticket" className="flex items-center gap-3 text-lg font-semibold">
        <BiomeGlyph biome={biome} className="size-8 rounded-lg bg-biome/15 text-biome" />
        {text.ticket}
      </h2>
      <form noValidate className="mt-4 flex flex-col gap-4" onSubmit={submit}>
        <label className="flex flex-col gap-1 text-sm">
          <span className="font-medium">{text.biome}</span>
          <select className="field" value={biome} onChange={(event) => onBiome(event.target.value as Biome)}>
            {BIOMES.map((each) => (
              <option key={each} value={each}>
                {BIOME_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
        <Segments
          label={text.side}
          name="side"
          value={terms.side}
          options={[
            ["buy", text.buy],
            ["sell", text.sell],
          ]}
          onChange={(side) => change({ side, quantity: "" })}
        />
        <Quantity draft={draft} means={means} onChange={change} />
        <LimitPrice draft={draft} onChange={change} />
        <p className="text-sm text-muted">
          <strong className="font-semibold text-ink">{text.fillsNextTick}</strong>{" "}
          {terms.side === "buy" && text.joinsThePot}
        </p>
        <button type="submit" className="button-primary" disabled={sending}>
          {sending ? text.sending : text.place(terms.side, BIOME_NAMES[biome])}
        </button>
      </form>
      <Result note={note} orderId={followed} />
    </section>
  );
}

interface Placing {
  sending: boolean;
  /** What to say of a draft that was not taken. */
  note: string | null;
  /** The order that was placed last: its outcome comes over the stream. */
  followed: string | null;
  place: (draft: Draft, means: Means) => Promise<void>;
}

/** Sends a draft once, however often the button is pressed. `onTaken` empties the form, so that the second press of a double
 * click finds nothing to send. */
function usePlacing(onTaken: () => void): Placing {
  const [sending, setSending] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const [followed, setFollowed] = useState<string | null>(null);
  const underWay = useRef(false);
  const unanswered = useRef<Submission | null>(null);

  async function place(draft: Draft, means: Means): Promise<void> {
    if (underWay.current) return;
    const prepared = prepareSubmission(unanswered.current, draft, means);
    if (!prepared.ok) {
      // An empty form after a taken order is the second press of a double click: its result stays on the screen.
      if (prepared.fault === "QUANTITY_MISSING" && followed !== null) return;
      setFollowed(null);
      setNote(FAULTS[prepared.fault]);
      return;
    }
    underWay.current = true;
    setSending(true);
    setNote(null);
    setFollowed(null);
    const answer = await send(prepared.submission);
    underWay.current = false;
    setSending(false);
    const lost = !answer.ok && answer.problem.code === NO_ANSWER;
    unanswered.current = lost ? prepared.submission : null;
    if (answer.ok) {
      marketStore.dispatch({ type: "order", order: answer.body });
      setFollowed(answer.body.order_id);
      onTaken();
    } else if (answer.problem.code === "NOT_SIGNED_IN") {
      marketStore.dispatch({ type: "signed-out" });
      announce(text.sessionOver);
    } else {
      setNote(sentenceOf(answer.problem, text.orderNoAnswer));
    }
  }

  return { sending, note, followed, place };
}

function send({ request }: Submission): Promise<Answer<Order>> {
  return request.side === "buy"
    ? post("/api/v1/biome-market/buy", request.body)
    : post("/api/v1/biome-market/sell", request.body);
}

function Quantity({
  draft,
  means,
  onChange,
}: {
  draft: Draft;
  means: Means;
  onChange: (part: Partial<Terms>) => void;
}): ReactNode {
  const inBdt = draft.side === "buy" && draft.unit === "bdt";
  const quick: [string, string][] =
    draft.side === "sell"
      ? QUICK_PERCENT.map((percent) => [
          percent === 100n ? text.all : `${percent} %`,
          portionOf(means.held, percent),
        ])
      : inBdt
        ? QUICK_BDT.map((amount) => [showMicro(BigInt(amount) * 1_000_000n, 0), amount])
        : [];
  return (
    <div className="flex flex-col gap-2">
      {draft.side === "buy" && (
        <Segments
          label={text.unit}
          name="unit"
          value={draft.unit}
          options={[
            ["bdt", text.inBdt],
            ["shares", text.inShares],
          ]}
          onChange={(unit) => onChange({ unit, quantity: "" })}
        />
      )}
      <label className="flex flex-col gap-1 text-sm">
        <span className="font-medium">{inBdt ? text.amountBdt : text.amountShares}</span>
        <input
          className="field tabular-nums"
          name="quantity"
          inputMode="decimal"
          autoComplete="off"
          placeholder="0.00"
          aria-describedby="quantity-hint"
          value={draft.quantity}
          onChange={(event) => onChange({ quantity: event.target.value })}
        />
      </label>
      {quick.length > 0 && (
        <div role="group" aria-label={text.quickAmounts} className="grid auto-cols-fr grid-flow-col gap-2">
          {quick.map(([label, quantity]) => (
            <button
              key={label}
              type="button"
              className="button tabular-nums"
              disabled={draft.side === "sell" && means.held === 0n}
              onClick={() => onChange({ quantity })}
            >
              {label}
            </button>
          ))}
        </div>
      )}
      <p id="quantity-hint" className="min-h-10 text-xs text-muted tabular-nums">
        {quantityHint(draft, means)}
      </p>
    </div>
  );
}

/** What the quantity would come to at the price now; without a quantity, what there is to spend. */
function quantityHint(draft: Draft, means: Means): string {
  const quantity = typedAmount(draft.quantity);
  if (draft.side === "sell") {
    if (quantity === null) return text.held(showMicro(means.held, 6));
    return text.aboutProceeds(showMicro((quantity * readMicro(means.market.price_bdt)) / 1_000_000n));
  }
  if (quantity === null) return text.available(showMicro(means.cash));
  if (draft.unit === "bdt") return text.aboutShares(showMicro(sharesNow(quantity, means.market), 4));
  const most = mostToPay(quantity, means);
  if (most === null) return FAULTS.MORE_THAN_YOUR_CASH;
  return text.aboutCost(showMicro(costNow(quantity, means.market)), showMicro(most));
}

function LimitPrice({
  draft,
  onChange,
}: {
  draft: Draft;
  onChange: (part: Partial<Terms>) => void;
}): ReactNode {
  return (
    <label className="flex flex-col gap-1 text-sm">
      <span className="font-medium">
        {text.limit} <span className="font-normal text-muted">({text.limitHint})</span>
      </span>
      <input
        className="field tabular-nums"
        name="limit"
        inputMode="decimal"
        autoComplete="off"
        value={draft.limit}
        onChange={(event) => onChange({ limit: event.target.value })}
      />
      <span className="text-xs text-muted">
        {draft.side === "buy" ? text.limitBuyHint : text.limitSellHint}
      </span>
    </label>
  );
}

/** The outcome of the order placed last. The region is always there, so that screen readers hear it change. */
function Result({ note, orderId }: { note: string | null; orderId: string | null }): ReactNode {
  const order = useMarket((state) => state.orders.find((each) => each.order_id === orderId));
  const bad = note !== null || order?.status === "rejected";
  const colour = bad ? "text-down" : order?.status === "filled" ? "text-up" : "text-muted";
  return (
    <div role="status" aria-live="polite" className="mt-3 min-h-12" data-testid="result">
      <p className={`text-sm font-medium tabular-nums ${colour}`}>
        {note ?? (order === undefined ? null : resultSentence(order))}
      </p>
    </div>
  );
}
