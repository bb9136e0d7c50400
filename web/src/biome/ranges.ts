/** How far back a chart looks, and how long its candles are. */
import type { components } from "../api/schema";

/** Candle widths that the charts use; the API has days too, of which seven make no chart. */
export type Width = Exclude<components["schemas"]["Width"], "1d">;

export const RANGES = ["1h", "6h", "24h", "3d", "7d"] as const;
export type Range = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;

export const RANGE_MS: Record<Range, number> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "3d": 72 * HOUR_MS,
  "7d": 168 * HOUR_MS,
};

export const WIDTH_MS: Record<Width, number> = { "1m": 60_000, "5m": 300_000, "1h": HOUR_MS };

const FINEST_FIRST: readonly Width[] = ["1m", "5m", "1h"];

/** Candles that a screen can tell apart. */
const MOST_BARS = 300;

/** Milliseconds of a window: ticks tell the market's age, near enough to choose a width by. */
const WINDOW_MS = 500;

/** The finest candles that fit: those of a young market are finer, since a range holds no more than its whole life. */
export function widthFor(range: Range, tick: number): Width {
  const span = Math.min(RANGE_MS[range], tick * WINDOW_MS);
  return FINEST_FIRST.find((width) => span / WIDTH_MS[width] <= MOST_BARS) ?? "1h";
}

/** Candles to ask for: those of the range and the one that is not over yet. */
export function barsIn(range: Range, width: Width): number {
  return Math.min(RANGE_MS[range] / WIDTH_MS[width], MOST_BARS) + 1;
}

/** The bars do not reach back as far as the range: the market is younger. Starts are in milliseconds, oldest first. */
export function isYounger(starts: readonly number[], range: Range, width: Width): boolean {
  const [first] = starts;
  const last = starts.at(-1);
  return first !== undefined && last !== undefined && last - first < RANGE_MS[range] - 2 * WIDTH_MS[width];
}
