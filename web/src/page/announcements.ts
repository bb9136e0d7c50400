/** Short sentences about what a person just did: shown in the corner, and read out by screen readers. */
import { observable, useObservable } from "../market/observable";

/** Milliseconds that a sentence stays. */
const STAYS_MS = 4_000;

const sentence = observable<string | null>(null);
let timer: number | undefined;

export function announce(next: string): void {
  window.clearTimeout(timer);
  sentence.set(next);
  timer = window.setTimeout(() => sentence.set(null), STAYS_MS);
}

export function useAnnouncement(): string | null {
  return useObservable(sentence);
}
