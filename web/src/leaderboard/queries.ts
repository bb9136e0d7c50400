/** What the leaderboard asks the API. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import type { components } from "../api/schema";
import { useMarket } from "../market/store";
import { beforePage, PLACES_A_PAGE } from "./paging";

export type By = components["schemas"]["By"];
export type Leaderboard = components["schemas"]["Leaderboard"];
export type Standing = components["schemas"]["Standing"];

const EVERY_MS = 10_000;

/** A page of it; what was shown stays until the next one is there, as long as it is ranked the same and of the same visitor. */
export function useLeaderboard(by: By, page: number): UseQueryResult<Leaderboard> {
  const player = useMarket((state) => state.player?.id ?? null);
  return useQuery({
    queryKey: ["leaderboard", player, by, page],
    queryFn: ({ signal }) =>
      bodyOf(
        get("/api/v1/biome-market/leaderboard", {
          query: { by, after: beforePage(page), limit: PLACES_A_PAGE },
          signal,
        }),
      ),
    refetchInterval: EVERY_MS,
    gcTime: 3 * EVERY_MS,
    placeholderData: (shown, of) => (of?.queryKey[1] === player && of.queryKey[2] === by ? shown : undefined),
  });
}
