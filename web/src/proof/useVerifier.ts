/** The verifier as a view has it: it lives as long as the view, and rests while nobody looks or when it is paused. */
import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "../api/client";
import { marketStore } from "../market/store";
import { NOTHING_YET, type Progress } from "./progress";
import { startVerifier, type Body, type Verifier } from "./verifier";

const PATIENCE_MS = 15_000;

/** `crypto.subtle` is missing on pages that did not come over HTTPS or from this machine. */
export const CAN_HASH = window.isSecureContext;

export function useVerifier(paused: boolean): { progress: Progress; lookBack: (ticks: number) => void } {
  const [progress, setProgress] = useState(NOTHING_YET);
  const verifier = useRef<Verifier>(null);
  const isPaused = useRef(paused);

  useEffect(() => {
    if (!CAN_HASH) return undefined;
    const started = startVerifier(
      { body, newest, told, keptFrom, resting: () => document.hidden || isPaused.current },
      setProgress,
    );
    verifier.current = started;
    const unsubscribe = marketStore.subscribe(started.wake);
    document.addEventListener("visibilitychange", started.wake);
    started.wake();
    return () => {
      unsubscribe();
      document.removeEventListener("visibilitychange", started.wake);
      started.stop();
    };
  }, []);

  useEffect(() => {
    isPaused.current = paused;
    if (!paused) verifier.current?.wake();
  }, [paused]);

  const lookBack = useCallback((ticks: number) => verifier.current?.lookBack(ticks), []);
  return { progress, lookBack };
}

/** The exact bytes, and the hash beside them. */
async function body(tick: number): Promise<Body | null> {
  try {
    const response = await fetch(`/api/v1/biome-market/ticks/${tick}/body`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, published: response.headers.get("sha256") ?? "" };
  } catch {
    return null;
  }
}

async function keptFrom(): Promise<number | null> {
  const answer = await get("/api/v1/biome-market/ticks", { query: { limit: 1 } });
  return answer.ok ? answer.body.kept_from : null;
}

function newest(): number | null {
  return marketStore.read().tick;
}

function told(tick: number): string | null {
  return marketStore.read().hashes.find((each) => each.tick === tick)?.hash ?? null;
}
