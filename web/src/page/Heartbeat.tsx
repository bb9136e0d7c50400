import { useEffect, useRef, useState, type ReactNode } from "react";
import { marketStore, useMarket } from "../market/store";
import { floorText, text } from "../strings";

/** Milliseconds without a tick after which prices are called stale: four windows. */
export const STALE_MS = 2_000;
/** Milliseconds between two looks at the clock, for the age that is shown. */
const LOOK_MS = 100;
/** Milliseconds from which the age is told in seconds. */
const LONG_MS = 10_000;
/** Milliseconds for which "connected again" stays. */
const BACK_MS = 4_000;

export function Heartbeat(): ReactNode {
  const tick = useMarket((state) => state.tick);
  const connection = useMarket((state) => state.connection);
  const stale = useStale();
  const healthy = connection === "live" && tick !== null && !stale;
  return (
    <div
      role="group"
      aria-label={text.heartbeat}
      className="flex items-center gap-2 text-xs tabular-nums text-muted sm:text-sm"
    >
      <Ring tick={tick} healthy={healthy} />
      <div className="flex flex-col leading-tight sm:flex-row sm:gap-2">
        <span className="order-2 flex gap-1.5 sm:order-1">
          <span className={connection === "live" ? "sr-only sm:not-sr-only" : ""}>{text[connection]}</span>
        </span>
        {tick !== null && (
          <>
            <span
              className="order-1 inline-block min-w-[5.5em] font-medium whitespace-nowrap text-ink sm:order-2"
              data-testid="tick"
            >
              {text.tick(tick.toLocaleString("en"))}
            </span>
            <Age />
          </>
        )}
      </div>
    </div>
  );
}

/** Fills in one window and begins anew with each tick; a broken market has a square in it, not only another colour. */
function Ring({ tick, healthy }: { tick: number | null; healthy: boolean }): ReactNode {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className={`size-6 shrink-0 ${healthy ? "text-up" : "text-down"}`}
    >
      <circle cx="12" cy="12" r="9.500" fill="none" stroke="var(--line)" strokeWidth="3" />
      {healthy && (
        <circle
          key={tick}
          cx="12"
          cy="12"
          r="9.500"
          fill="none"
          stroke="currentColor"
          strokeWidth="3"
          strokeLinecap="round"
          pathLength="1"
          transform="rotate(-90 12 12)"
          className="tick-ring"
        />
      )}
      {healthy ? (
        <circle cx="12" cy="12" r="4" fill="currentColor" />
      ) : (
        <path d="M8 8h8v8H8z" fill="currentColor" />
      )}
    </svg>
  );
}

/** Milliseconds since the tick: written straight into the page, so that nothing else is drawn again for it. */
function Age(): ReactNode {
  const shown = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    function look(): void {
      const { advancedAt } = marketStore.read();
      if (shown.current === null || advancedAt === null) return;
      const age = Math.max(0, performance.now() - advancedAt);
      shown.current.textContent =
        age < LONG_MS ? floorText.ageMs(Math.round(age)) : text.age((age / 1000).toFixed(0));
    }
    look();
    const timer = window.setInterval(look, LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <span
      ref={shown}
      className="order-3 inline-block min-w-[6.5em] whitespace-nowrap sm:text-right md:max-lg:hidden"
    />
  );
}

/** True once no tick has come for two seconds. Changes when that changes, not with every look at the clock. */
function useStale(): boolean {
  const advancedAt = useMarket((state) => state.advancedAt);
  const [staleSince, setStaleSince] = useState<number | null>(null);
  useEffect(() => {
    if (advancedAt === null) return undefined;
    const left = STALE_MS - (performance.now() - advancedAt);
    const timer = window.setTimeout(() => setStaleSince(advancedAt), Math.max(0, left));
    return () => window.clearTimeout(timer);
  }, [advancedAt]);
  return advancedAt !== null && staleSince === advancedAt;
}

/** Says what is wrong with the stream, and that it came back. Its region is always there, so that screen readers hear it. */
export function ConnectionBanner(): ReactNode {
  const sentence = useBanner();
  return (
    <div role="status" aria-live="polite" data-testid="banner">
      {sentence !== null && (
        <p className="border-b border-line bg-warn px-4 py-2 text-center text-sm text-warn-ink">{sentence}</p>
      )}
    </div>
  );
}

function useBanner(): string | null {
  const stale = useStale();
  const connection = useMarket((state) => state.connection);
  const back = useJustBack(connection === "live");
  if (connection === "reconnecting") return text.lost;
  if (stale) return text.stale;
  return back ? text.back : null;
}

/** True for a moment after a connection that was lost is live again. */
function useJustBack(live: boolean): boolean {
  const wasLive = useRef(false);
  const wasLost = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (!live) {
      wasLost.current = wasLive.current;
      return undefined;
    }
    wasLive.current = true;
    if (!wasLost.current) return undefined;
    wasLost.current = false;
    setBack(true);
    const timer = window.setTimeout(() => setBack(false), BACK_MS);
    return () => {
      window.clearTimeout(timer);
      setBack(false);
    };
  }, [live]);
  return back;
}
