/** Every trade that matches, page after page, as one CSV text. */
import { NO_ANSWER, type Answer, type Problem } from "../api/client";
import { csvHeader, csvLines } from "./csv";
import type { TradePage } from "./trades";

/** Refusals that pass by themselves, and how often and how long to wait for that. */
const PASSING: ReadonlySet<string> = new Set([
  "TOO_MANY_REQUESTS",
  "BUSY",
  "DATABASE_UNAVAILABLE",
  NO_ANSWER,
]);
const TRIES = 5;
const WAIT_MS = 2_000;

export type Exported =
  { ok: true; parts: readonly string[]; trades: number } | { ok: false; problem: Problem | null };

interface Walk {
  /** One page, after the place that the page before it named. */
  ask: (after: string | null, signal: AbortSignal) => Promise<Answer<TradePage>>;
  signal: AbortSignal;
  onProgress: (trades: number) => void;
  wait?: (ms: number) => Promise<void>;
}

/** Walks to the last page. New trades do not shift the pages, so each comes once. Without a problem, it was cancelled. */
export async function exportTrades({ ask, signal, onProgress, wait = pause }: Walk): Promise<Exported> {
  const parts = [csvHeader()];
  let trades = 0;
  let after: string | null = null;
  do {
    // Each page names the next one: they can only come one by one.
    // oxlint-disable-next-line no-await-in-loop
    const page: Answer<TradePage> = await patiently(() => ask(after, signal), signal, wait);
    if (signal.aborted) return { ok: false, problem: null };
    if (!page.ok) return page;
    parts.push(csvLines(page.body.items));
    trades += page.body.items.length;
    onProgress(trades);
    after = page.body.next;
  } while (after !== null);
  return { ok: true, parts, trades };
}

async function patiently<T>(
  ask: () => Promise<Answer<T>>,
  signal: AbortSignal,
  wait: (ms: number) => Promise<void>,
  tries = TRIES,
): Promise<Answer<T>> {
  const answer = await ask();
  if (answer.ok || tries <= 1 || signal.aborted || !PASSING.has(answer.problem.code)) return answer;
  await wait(WAIT_MS);
  return patiently(ask, signal, wait, tries - 1);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    window.setTimeout(done, ms);
  });
}

/** Hands the browser a file to keep. */
export function download(name: string, parts: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([...parts], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the file by the next turn of its loop.
  window.setTimeout(() => URL.revokeObjectURL(address), 0);
}
