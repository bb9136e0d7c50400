/** The line of a sparkline: prices of the last day as the API thinned them, then the live trail at their end. */
import type { TrailPoint } from "../market/state";

export interface SeriesPoint {
  tick: number;
  /** BDT a share as a float: for the height of a line, never for money. */
  price: number;
}

/** The live trail moves twice a second; a line of a day needs a point of it only every so many ticks. */
const EVERY_TICKS = 6;
/** Ticks that the picture spans at least (a minute): a young market grows from the right edge, not stretched to a storm. */
const LEAST_TICKS = 120;
/** A price that hardly moves must not look like a storm: the picture never shows less than this part of the price. */
const LEAST_RANGE = 0.002;

export function joinSeries(
  history: readonly { tick: number; price_bdt: string }[],
  trail: readonly TrailPoint[],
): readonly SeriesPoint[] {
  const begins = trail[0]?.tick ?? Infinity;
  const before = history
    .filter(({ tick }) => tick < begins)
    .map(({ tick, price_bdt }) => ({ tick, price: Number(price_bdt) }));
  // By the tick's own number, so that the points that are kept stay the same ones while the trail moves on.
  const live = trail.filter(({ tick }, index) => tick % EVERY_TICKS === 0 || index === trail.length - 1);
  return [...before, ...live];
}

export interface Line {
  /** Points of a polyline. */
  points: string;
  /** Where the line begins, from the left. */
  left: number;
  /** Height of the first and of the newest price, from the top. */
  first: number;
  last: number;
}

/** The line in a box of so much width and height, the newest point at the right edge, scaled to the range that was seen. */
export function lineIn(series: readonly SeriesPoint[], box: { width: number; height: number }): Line | null {
  const [oldest] = series;
  const newest = series.at(-1);
  if (oldest === undefined || newest === undefined || series.length < 2) return null;
  const prices = series.map(({ price }) => price);
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  const range = Math.max(high - low, high * LEAST_RANGE, Number.MIN_VALUE);
  const middle = (high + low) / 2;
  const span = Math.max(newest.tick - oldest.tick, LEAST_TICKS);
  const x = (tick: number): number => box.width * (1 - (newest.tick - tick) / span);
  const y = (price: number): number => box.height * (0.5 - ((price - middle) / range) * 0.86);
  return {
    points: series.map(({ tick, price }) => `${x(tick).toFixed(1)},${y(price).toFixed(1)}`).join(" "),
    left: x(oldest.tick),
    first: y(oldest.price),
    last: y(newest.price),
  };
}
