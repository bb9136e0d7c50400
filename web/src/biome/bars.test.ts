import { describe, expect, test } from "vitest";
import { MICRO } from "../market/micro";
import {
  barOf,
  firstChange,
  LIVE_TICKS,
  liveBars,
  summaryOf,
  withTick,
  type Bar,
  type Candle,
  type LiveTick,
} from "./bars";

const MINUTE = 60_000;

function candle(minute: number, part: Partial<Candle> = {}): Candle {
  return {
    at: new Date(minute * MINUTE).toISOString(),
    first_tick: minute * 120 + 1,
    last_tick: minute * 120 + 120,
    open_bdt: "100.00",
    high_bdt: "110.00",
    low_bdt: "90.00",
    close_bdt: "105.00",
    attention: 40,
    volume_bdt: "12.50",
    volume_shares: "0.12",
    trades: 2,
    complete: true,
    ...part,
  };
}

function liveTick(tick: number, price: number, attention = 3): LiveTick {
  return { tick, closedAt: (tick - 1) * 500, price: BigInt(price) * MICRO, attention };
}

/** Three whole minutes, and 20 s of the fourth. */
const FETCHED = {
  bars: [candle(0), candle(1), candle(2), candle(3, { last_tick: 400, complete: false })].map(barOf),
  tick: 400,
  width: MINUTE,
};

function lastOf(bars: readonly Bar[]): Bar | undefined {
  return bars.at(-1);
}

describe("ticks folded into bars", () => {
  test("a tick moves the close, and the high and the low when it passes them", () => {
    const bars = liveBars(FETCHED, [liveTick(401, 120), liveTick(402, 80), liveTick(403, 95)]);
    expect(bars).toHaveLength(4);
    expect(lastOf(bars)).toMatchObject({
      open: 100n * MICRO,
      high: 120n * MICRO,
      low: 80n * MICRO,
      close: 95n * MICRO,
      lastTick: 403,
    });
  });

  test("attention that the candle has already counted is not counted again", () => {
    const overlapping = [398, 399, 400, 401].map((tick) => liveTick(tick, 105, 7));
    expect(lastOf(liveBars(FETCHED, overlapping))?.attention).toBe(40 + 7);
  });

  test("the same ticks, folded from an older or from a newer fetch, give the same attention", () => {
    const ticks = [401, 402, 403, 404].map((tick) => liveTick(tick, 105, tick - 400));
    const newer = {
      ...FETCHED,
      bars: [...FETCHED.bars.slice(0, 3), barOf(candle(3, { last_tick: 402, attention: 40 + 1 + 2 }))],
      tick: 402,
    };
    expect(lastOf(liveBars(newer, ticks))).toEqual(lastOf(liveBars(FETCHED, ticks)));
  });

  test("volume is left as it was fetched, since the stream does not tell it", () => {
    expect(lastOf(liveBars(FETCHED, [liveTick(401, 100)]))?.volume).toBe(12_500_000n);
  });

  test("the first tick of a new minute begins a bar with its own price", () => {
    const bars = liveBars(FETCHED, [liveTick(480, 104), liveTick(481, 103), liveTick(482, 102)]);
    expect(bars).toHaveLength(5);
    expect(lastOf(bars)).toEqual({
      start: 4 * MINUTE,
      lastTick: 482,
      open: 103n * MICRO,
      high: 103n * MICRO,
      low: 102n * MICRO,
      close: 102n * MICRO,
      attention: 6,
      volume: 0n,
    });
  });

  test("bars that no tick touched stay the same objects, and without ticks all do", () => {
    expect(firstChange(FETCHED.bars, liveBars(FETCHED, [liveTick(401, 100)]))).toBe(3);
    expect(liveBars(FETCHED, [liveTick(400, 100)])).toBe(FETCHED.bars);
  });

  test("a market without candles begins with its first tick", () => {
    const bars = liveBars({ bars: [], tick: 0, width: MINUTE }, [liveTick(1, 100)]);
    expect(bars).toHaveLength(1);
  });

  test("a tick whose clock went back to an earlier bar changes nothing", () => {
    const late = { ...liveTick(401, 500), closedAt: 2 * MINUTE };
    expect(lastOf(liveBars(FETCHED, [late]))?.close).toBe(105n * MICRO);
  });
});

describe("live ticks that are kept", () => {
  test("they are bounded, so a page that is left open does not grow", () => {
    let ticks: readonly LiveTick[] = [];
    for (let tick = 1; tick <= LIVE_TICKS + 50; tick += 1) ticks = withTick(ticks, liveTick(tick, 100));
    expect(ticks).toHaveLength(LIVE_TICKS);
    expect(ticks.at(-1)?.tick).toBe(LIVE_TICKS + 50);
  });

  test("the same tick again is the same list", () => {
    const ticks = withTick([], liveTick(7, 100));
    expect(withTick(ticks, liveTick(7, 100))).toBe(ticks);
  });

  test("a market that began anew leaves nothing of the one before", () => {
    expect(withTick([liveTick(900, 100)], liveTick(1, 50))).toEqual([liveTick(1, 50)]);
  });
});

describe("what has to be drawn again", () => {
  test("a list that only grew differs from where it grew", () => {
    const [first, second] = FETCHED.bars;
    if (first === undefined || second === undefined) throw new Error("two bars are needed");
    expect(firstChange([first], [first, second])).toBe(1);
    expect(firstChange([first, second], [first, second])).toBe(2);
  });
});

test("a summary has the first open, the last close, and the extremes between", () => {
  const bars = liveBars(FETCHED, [liveTick(401, 130)]);
  expect(summaryOf(bars)).toEqual({
    from: 100n * MICRO,
    to: 130n * MICRO,
    high: 130n * MICRO,
    low: 90n * MICRO,
  });
  expect(summaryOf([])).toBeNull();
});
