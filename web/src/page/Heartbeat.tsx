import { useEffect, useRef, useState, type ReactNode } from "react";
import { useMarket } from "../market/store";
import { text } from "../strings";

/** Milliseconds without a tick after which prices are called stale: four windows. */
export const STALE_MS = 2_000;
/** Milliseconds between two looks at the clock: the age is shown in tenths of a second. */
const LOOK_MS = 200;
/** Milliseconds for which "connected again" stays. */
const BACK_MS = 4_000;

/** Milliseconds since the tick number last advanced; null before the first tick. */
function useAge(): number | null {
  const advancedAt = useMarket((state) => state.advancedAt);
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(performance.now()), LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return advancedAt === null ? null : Math.max(0, now - advancedAt);
}

export function Heartbeat(): ReactNode {
  const age = useAge();
  const tick = useMarket((state) => state.tick);
  const connection = useMarket((state) => state.connection);
  const healthy = connection === "live" && age !== null && age < STALE_MS;
  return (
    <div
      role="group"
      aria-label={text.heartbeat}
      className="flex items-center gap-2 text-sm tabular-nums text-muted"
    >
      <span className={healthy ? "text-up" : "text-down"} aria-hidden="true">
        {healthy ? (
          <span key={tick} className="pulse block size-2.5 rounded-full bg-current" />
        ) : (
          <span className="block size-2.5 rounded-[2px] bg-current" />
        )}
      </span>
      <span>{text[connection]}</span>
      {tick !== null && (
        <span className="text-ink" data-testid="tick">
          {text.tick(tick.toLocaleString("en"))}
        </span>
      )}
      {age !== null && (
        <span className="inline-block min-w-16">{text.age((Math.floor(age / 100) / 10).toFixed(1))}</span>
      )}
    </div>
  );
}

/** Says what is wrong with the stream, and that it came back. Its region is always there, so that screen readers hear it. */
export function ConnectionBanner(): ReactNode {
  const sentence = useBanner();
  return (
    <div role="status" aria-live="polite">
      {sentence !== null && (
        <p className="border-b border-line bg-warn px-4 py-2 text-center text-sm text-warn-ink">{sentence}</p>
      )}
    </div>
  );
}

function useBanner(): string | null {
  const age = useAge();
  const connection = useMarket((state) => state.connection);
  const back = useJustBack(connection === "live");
  if (connection === "reconnecting") return text.lost;
  if (age !== null && age >= STALE_MS) return text.stale;
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
