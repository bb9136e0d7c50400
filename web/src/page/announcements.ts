/** Short sentences about what a person just did: shown in the corner, and read out by screen readers. */
import { useSyncExternalStore } from "react";

/** Milliseconds that a sentence stays. */
const STAYS_MS = 4_000;

let sentence: string | null = null;
let timer: number | undefined;
const listeners = new Set<() => void>();

function show(next: string | null): void {
  sentence = next;
  for (const listener of listeners) listener();
}

export function announce(next: string): void {
  window.clearTimeout(timer);
  show(next);
  timer = window.setTimeout(() => show(null), STAYS_MS);
}

export function useAnnouncement(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => sentence,
  );
}
