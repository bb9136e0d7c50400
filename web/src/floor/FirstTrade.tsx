import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useSignedIn } from "../account/me";
import type { Order } from "../api/types";
import { readMicro, showMicro } from "../market/micro";
import { useMarket } from "../market/store";
import { BIOME_NAMES, floorText } from "../strings";
import { openTicket } from "../trade/ticket";
import { statesOf, stepsOf, type StepState, type Steps } from "./steps";

/** Where the browser keeps that the guide is not wanted any more. */
const KEY = "biome-market-first-trade";

/** Three steps to a first trade, for whoever has none yet. */
export function FirstTrade(): ReactNode {
  const [hidden, hide] = useHidden();
  const signedIn = useSignedIn();
  const account = useMarket((state) => state.account);
  const orders = useMarket((state) => state.orders);
  const steps = useMemo(() => stepsOf({ signedIn, account, orders }), [signedIn, account, orders]);
  const wanted = useWanted(steps, account !== null);
  const [first, second, third] = statesOf(steps);
  if (hidden || !wanted) return null;
  const filled = orders.find(({ status }) => status === "filled");
  return (
    <section aria-labelledby="guide" className="card flex flex-col gap-3 p-4">
      <header className="flex items-center justify-between gap-4">
        <h3 id="guide" className="text-base font-semibold">
          {floorText.guide}
        </h3>
        <button type="button" className="link text-sm" aria-label={floorText.guideHideLabel} onClick={hide}>
          {steps.filled ? floorText.guideClose : floorText.guideHide}
        </button>
      </header>
      <ol className="flex flex-col gap-2 @2xl:flex-row">
        <Step number={1} state={first} title={floorText.guideSignUp} hint={floorText.guideSignUpHint}>
          <button type="button" className="button" onClick={() => openTicket({})}>
            {floorText.guideSignUpAction}
          </button>
        </Step>
        <Step number={2} state={second} title={floorText.guideOrder} hint={floorText.guideOrderHint}>
          <button type="button" className="button" onClick={() => openTicket({ side: "buy" })}>
            {floorText.guideOrderAction}
          </button>
        </Step>
        <Step number={3} state={third} title={floorText.guideFill} hint={floorText.guideFillHint}>
          <p className="text-sm text-muted">{floorText.guideWaiting}</p>
        </Step>
      </ol>
      <p role="status" className="text-sm font-medium text-up empty:hidden">
        {steps.filled && filled !== undefined ? outcomeOf(filled) : null}
      </p>
    </section>
  );
}

interface StepProps {
  number: number;
  state: StepState;
  title: string;
  hint: string;
  /** What there is to do, shown while this is the step to do now. */
  children: ReactNode;
}

function Step({ number, state, title, hint, children }: StepProps): ReactNode {
  return (
    <li
      aria-current={state === "now" ? "step" : undefined}
      className={`flex items-center gap-3 rounded-xl bg-raised px-3 py-2 @2xl:min-h-16 ${
        state === "now" ? "step-now @2xl:flex-[1.5]" : "@2xl:flex-1"
      }`}
    >
      <span
        aria-hidden="true"
        className={`grid size-7 shrink-0 place-items-center rounded-full text-sm font-semibold ${
          state === "later" ? "border border-muted text-muted" : "bg-accent text-accent-ink"
        }`}
      >
        {state === "done" ? "✓" : number}
      </span>
      <div className="min-w-0 grow">
        <p className="text-sm font-medium">
          {title}
          {state === "done" && <span className="sr-only"> ({floorText.guideDone})</span>}
        </p>
        <p className={`text-xs text-muted ${state === "now" ? "" : "hidden @2xl:block"}`}>{hint}</p>
      </div>
      {state === "now" && <div className="shrink-0">{children}</div>}
    </li>
  );
}

function outcomeOf({ shares, biome, price_bdt }: Order): string {
  return floorText.guideFilled(
    shares === null ? "" : showMicro(readMicro(shares), 4),
    BIOME_NAMES[biome],
    price_bdt === null ? "" : showMicro(readMicro(price_bdt)),
  );
}

/** True when the guide has something to say: there is a step to do, or the last one was just done here. Whoever comes back
 * with a trade behind them is spared it. */
function useWanted({ filled }: Steps, accountKnown: boolean): boolean {
  const [sawNewcomer, setSawNewcomer] = useState(false);
  if (accountKnown && !filled && !sawNewcomer) setSawNewcomer(true);
  useEffect(() => {
    if (filled) remember();
  }, [filled]);
  return !filled || sawNewcomer;
}

function useHidden(): [boolean, () => void] {
  const [hidden, setHidden] = useState(wasHidden);
  return [
    hidden,
    () => {
      remember();
      setHidden(true);
    },
  ];
}

// A browser may refuse to keep anything; the guide then comes back, which is no harm.
function wasHidden(): boolean {
  try {
    return window.localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

function remember(): void {
  try {
    window.localStorage.setItem(KEY, "done");
  } catch {
    // Nothing to do: see above.
  }
}
