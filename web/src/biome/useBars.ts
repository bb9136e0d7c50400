/** The bars of one biome's chart, live: candles asked for now and then, and the stream's ticks in between. */
import { useEffect, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import type { Biome } from "../api/types";
import { readMicro } from "../market/micro";
import { marketStore, useMarket } from "../market/store";
import { barOf, liveBars, withTick, type Bar, type LiveTick } from "./bars";
import { barsIn, WIDTH_MS, type Range, type Width } from "./ranges";

/** Milliseconds between two fetches: the stream does not tell volume, so this is how old it can be. */
const FETCH_MS = 10_000;
const AFTER_FAILURE_MS = 30_000;

interface Bars {
  /** Null while they are on their way. */
  bars: readonly Bar[] | null;
  error: unknown;
  retry: () => void;
}

export function useBars(biome: Biome, range: Range, width: Width): Bars {
  const limit = barsIn(range, width);
  const ticks = useLiveTicks(biome);
  // Before the first tick there are no candles to ask for.
  const begun = useMarket((state) => state.tick !== null);
  const { data, error, refetch } = useQuery({
    queryKey: ["candles", biome, width, limit],
    queryFn: ({ signal }) =>
      bodyOf(
        get("/api/v1/biome-market/candles/{biome}", {
          path: { biome },
          query: { interval: width, limit },
          signal,
        }),
      ),
    enabled: begun,
    // A query without data forgets its error when it is asked again: it must stay long enough to be read.
    refetchInterval: ({ state }) => (state.data === undefined ? AFTER_FAILURE_MS : FETCH_MS),
  });
  const fetched = useMemo(
    () =>
      data === undefined
        ? null
        : { bars: data.candles.map(barOf), tick: data.tick, width: WIDTH_MS[data.interval as Width] },
    [data],
  );
  const bars = useMemo(() => (fetched === null ? null : liveBars(fetched, ticks)), [fetched, ticks]);
  return { bars, error: data === undefined ? error : null, retry: () => void refetch() };
}

/** Ticks of one biome as they come. Every one is taken, not only those that React renders. */
function useLiveTicks(biome: Biome): readonly LiveTick[] {
  const [ticks, setTicks] = useState<readonly LiveTick[]>([]);
  useEffect(() => {
    function take(): void {
      const { tick, closedAt, markets } = marketStore.read();
      const market = markets.find((each) => each.biome === biome);
      if (tick === null || closedAt === null || market === undefined) return;
      const told = {
        tick,
        closedAt: Date.parse(closedAt),
        price: readMicro(market.price_bdt),
        attention: market.attention,
      };
      setTicks((held) => withTick(held, told));
    }
    take();
    return marketStore.subscribe(take);
  }, [biome]);
  return ticks;
}
