/** What the portfolio view asks the API. */
import { useInfiniteQuery, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import type { components } from "../api/schema";
import { useMarket } from "../market/store";
import type { Portfolio } from "./statement";
import type { TradeQuery } from "./tradeFilter";

/** Milliseconds: also when nothing happened to the account, so that a missed event does not last. */
const PORTFOLIO_EVERY_MS = 5_000;
/** A query of an earlier tick of the account is of no more use. */
const FORGET_MS = 10_000;
export const TRADES_A_PAGE = 50;

export type Hours = "1" | "24" | "168";
/** Milliseconds between two looks at the past: the live end of the chart moves by itself. */
const HISTORY_EVERY_MS: Record<Hours, number> = { "1": 20_000, "24": 60_000, "168": 300_000 };

/** The portfolio, never older than what the stream told of the account; asked for again when that changes. */
export function usePortfolio(player: string): UseQueryResult<Portfolio> {
  const tick = useMarket((state) => state.account?.tick ?? 0);
  return useQuery({
    queryKey: ["portfolio", player, tick],
    queryFn: ({ signal }) =>
      bodyOf(get("/api/v1/biome-market/portfolio", { query: { at_least_tick: tick }, signal })),
    refetchInterval: PORTFOLIO_EVERY_MS,
    gcTime: FORGET_MS,
    placeholderData: (shown, of) => (of?.queryKey[1] === player ? shown : undefined),
  });
}

export function useWorthHistory(
  player: string,
  hours: Hours,
): UseQueryResult<components["schemas"]["PortfolioHistory"]> {
  return useQuery({
    queryKey: ["portfolio-history", player, hours],
    queryFn: ({ signal }) =>
      bodyOf(get("/api/v1/biome-market/portfolio/history", { query: { hours: Number(hours) }, signal })),
    refetchInterval: HISTORY_EVERY_MS[hours],
  });
}

// What it returns is TanStack's to say: spelled out, the type is longer than the function.
// oxlint-disable-next-line typescript/explicit-module-boundary-types
export function useTrades(player: string, query: TradeQuery) {
  return useInfiniteQuery({
    queryKey: ["transactions", player, query],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(
        get("/api/v1/biome-market/transactions", {
          query: { ...query, after: pageParam, limit: TRADES_A_PAGE },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchOnWindowFocus: false,
  });
}
