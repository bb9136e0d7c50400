/** How charts and tables write prices and times: as many decimals as a price needs, and the visitor's own clock. */
import { MICRO, showMicro, type Micro } from "../market/micro";

/** The market's prices have six decimals; fewer are shown where they would be noise. */
const DECIMALS: readonly (readonly [Micro, number])[] = [
  [10n * MICRO, 2],
  [MICRO, 3],
  [MICRO / 10n, 4],
];
const ALL_DECIMALS = 6;

export function decimalsFor(price: Micro): number {
  return DECIMALS.find(([least]) => price >= least)?.[1] ?? ALL_DECIMALS;
}

export function shownPrice(price: Micro): string {
  return showMicro(price, decimalsFor(price));
}

/** A moment in full, for the crosshair and the legend. `zone` undefined: the visitor's. */
export function momentOf(ms: number, zone?: string): string {
  return written(ms, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }, zone);
}

/** A moment to the second, for ticks. */
export function secondOf(ms: number, zone?: string): string {
  return written(ms, { hour: "2-digit", minute: "2-digit", second: "2-digit" }, zone);
}

/** What stands at a mark of the time axis: the day where the chart marks a day, and else the time of day. */
export function markOf(ms: number, isDay: boolean, zone?: string): string {
  return isDay
    ? written(ms, { day: "numeric", month: "short" }, zone)
    : written(ms, { hour: "2-digit", minute: "2-digit" }, zone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function written(ms: number, parts: Intl.DateTimeFormatOptions, timeZone: string | undefined): string {
  const key = JSON.stringify([parts, timeZone]);
  let format = formats.get(key);
  if (format === undefined) {
    // Making a format is slow, and the axis asks for dozens of them at every frame.
    format = new Intl.DateTimeFormat("en-GB", { ...parts, ...(timeZone === undefined ? {} : { timeZone }) });
    formats.set(key, format);
  }
  return format.format(ms);
}
