import { useEffect, useRef, type FormEvent, type ReactNode, type RefObject } from "react";
import type { Account, Biome, Market } from "../api/types";
import { BIOMES } from "../market/biomes";
import { sharesHeld } from "../market/holdings";
import { readMicro, showMicro } from "../market/micro";
import { BIOME_NAMES, CURRENCY, text, ticketText } from "../strings";
import { roomy } from "../page/figures";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { Segments } from "../page/Segments";
import type { Draft, Means } from "./draft";
import { LimitPrice } from "./LimitPrice";
import { placeDraft, usePlacing } from "./placing";
import { Quantity } from "./Quantity";
import { QuotePanel } from "./QuotePanel";
import { useExpected, useFeeBp } from "./quoting";
import { Result } from "./Result";
import { changeTicket, focusTaken, useTicket } from "./ticket";

interface Props {
  draft: Draft;
  market: Market;
  account: Account;
}

export function TradeTicket({ draft, market, account }: Props): ReactNode {
  const { biome, side } = draft;
  const means: Means = { cash: readMicro(account.cash_bdt), held: sharesHeld(account, biome), market };
  const feeBp = useFeeBp();
  const expected = useExpected(draft, means, feeBp);
  const { sending, note, followed } = usePlacing();
  const section = useRef<HTMLElement>(null);
  useTakenFocus(section);

  function submit(event: FormEvent): void {
    event.preventDefault();
    void placeDraft(means);
  }

  return (
    <section
      ref={section}
      id="trade"
      tabIndex={-1}
      aria-labelledby="ticket"
      data-biome={biome}
      className="card p-4 outline-none"
    >
      <h2 id="ticket" className="sr-only">
        {ticketText.ticket}
      </h2>
      <form noValidate className="flex flex-col gap-3" onSubmit={submit}>
        <BiomeChoice biome={biome} market={market} />
        <div className="sides">
          <Segments
            label={ticketText.side}
            name="side"
            value={side}
            options={[
              ["buy", text.buy],
              ["sell", text.sell],
            ]}
            onChange={(chosen) => changeTicket({ side: chosen })}
          />
        </div>
        <Quantity draft={draft} means={means} feeBp={feeBp} />
        <LimitPrice draft={draft} market={market} />
        <QuotePanel draft={draft} expected={expected} feeBp={feeBp} />
        <div className="ticket-foot">
          <button
            type="submit"
            className={`button-primary ${side === "sell" ? "button-sell" : ""}`}
            aria-disabled={sending}
          >
            {sending ? ticketText.sending : ticketText.place(side, BIOME_NAMES[biome])}
          </button>
          <Result note={note} orderId={followed} />
        </div>
      </form>
    </section>
  );
}

function BiomeChoice({ biome, market }: { biome: Biome; market: Market }): ReactNode {
  return (
    <div className="ticket-head flex items-center gap-3">
      <BiomeGlyph biome={biome} className="size-11 shrink-0 rounded-xl bg-biome/15 text-biome" />
      <label className="min-w-0 flex-1">
        <span className="sr-only">{text.biome}</span>
        <select
          className="field font-semibold"
          name="biome"
          value={biome}
          onChange={(event) => changeTicket({ biome: event.target.value as Biome })}
        >
          {BIOMES.map((each) => (
            <option key={each} value={each}>
              {BIOME_NAMES[each]}
            </option>
          ))}
        </select>
      </label>
      <p className="min-w-24 text-right text-xs text-muted">
        <span className="sr-only">{ticketText.priceNow} </span>
        <span className="block text-lg leading-tight font-semibold text-ink tabular-nums">
          {roomy(showMicro(readMicro(market.price_bdt)), 3)}
        </span>
        {CURRENCY}/share
      </p>
    </div>
  );
}

/** Takes the focus when the ticket was asked for. On a touch screen it goes to the ticket, not into the field: the screen's
 * keyboard would hide the half of it. */
function useTakenFocus(section: RefObject<HTMLElement | null>): void {
  const { focusWanted } = useTicket();
  useEffect(() => {
    if (!focusWanted) return;
    focusTaken();
    const touch = window.matchMedia("(pointer: coarse)").matches;
    const field = touch ? null : section.current?.querySelector<HTMLInputElement>("[name=quantity]");
    const target = field ?? section.current;
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: "nearest" });
    field?.select();
  }, [focusWanted, section]);
}
