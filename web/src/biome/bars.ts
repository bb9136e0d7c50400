/**
 * The bars of a chart: fetched candles, and the stream's ticks since then folded into the last one. Pure.
 *
 * A candle names the newest tick that is in it, so a tick is never counted both by the API and here. The stream does not
 * tell what was traded: volume waits for the next fetch.
 */
import type { components } from "../api/schema";
import { readMicro, type Micro } from "../market/micro";

export type Candle = components["schemas"]["Candle"];
export type Candles = components["schemas"]["Candles"];

/** Live ticks that are kept: ten minutes, far more than pass between two fetches. */
export const LIVE_TICKS = 1_200;

export interface Bar {
  /** Milliseconds UTC at which its span begins. */
  start: number;
  lastTick: number;
  open: Micro;
  high: Micro;
  low: Micro;
  close: Micro;
  attention: number;
  volume: Micro;
}

/** One biome in one tick, as the stream told it. */
export interface LiveTick {
  tick: number;
  closedAt: number;
  price: Micro;
  attention: number;
}

export function barOf(candle: Candle): Bar {
  return {
    start: Date.parse(candle.at),
    lastTick: candle.last_tick,
    open: readMicro(candle.open_bdt),
    high: readMicro(candle.high_bdt),
    low: readMicro(candle.low_bdt),
    close: readMicro(candle.close_bdt),
    attention: candle.attention,
    volume: readMicro(candle.volume_bdt),
  };
}

/** The live ticks with one more; a lower number than the last means that the market began anew. */
export function withTick(ticks: readonly LiveTick[], told: LiveTick): readonly LiveTick[] {
  const last = ticks.at(-1);
  if (last === undefined || told.tick < last.tick) return [told];
  return told.tick === last.tick ? ticks : [...ticks, told].slice(-LIVE_TICKS);
}

interface Fetched {
  bars: readonly Bar[];
  /** The newest tick that is in the bars. */
  tick: number;
  /** Milliseconds that a bar spans. */
  width: number;
}

/** The bars with the ticks since the fetch. Bars that no tick touched stay the same objects, so that a chart can tell. */
export function liveBars({ bars, tick, width }: Fetched, ticks: readonly LiveTick[]): readonly Bar[] {
  const fresh = ticks.filter((each) => each.tick > tick);
  if (fresh.length === 0) return bars;
  const live = [...bars];
  for (const each of fresh) {
    const start = each.closedAt - (each.closedAt % width);
    const last = live.at(-1);
    if (last === undefined || start > last.start) live.push(beginning(each, start));
    else if (start === last.start) live[live.length - 1] = extended(last, each);
  }
  return live;
}

function beginning({ tick, price, attention }: LiveTick, start: number): Bar {
  return { start, lastTick: tick, open: price, high: price, low: price, close: price, attention, volume: 0n };
}

function extended(bar: Bar, { tick, price, attention }: LiveTick): Bar {
  return {
    ...bar,
    lastTick: tick,
    high: price > bar.high ? price : bar.high,
    low: price < bar.low ? price : bar.low,
    close: price,
    attention: bar.attention + attention,
  };
}

/** The first place where two lists of bars differ; the shorter one's length when it begins the longer one. */
export function firstChange(before: readonly Bar[], after: readonly Bar[]): number {
  const changed = after.findIndex((bar, index) => bar !== before[index]);
  return changed === -1 ? after.length : changed;
}

export interface Summary {
  from: Micro;
  to: Micro;
  high: Micro;
  low: Micro;
}

/** What the bars say together; null when there are none. */
export function summaryOf(bars: readonly Bar[]): Summary | null {
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return null;
  const highest = (high: Micro, bar: Bar): Micro => (bar.high > high ? bar.high : high);
  const lowest = (low: Micro, bar: Bar): Micro => (bar.low < low ? bar.low : low);
  return {
    from: first.open,
    to: last.close,
    high: bars.reduce(highest, first.high),
    low: bars.reduce(lowest, first.low),
  };
}
