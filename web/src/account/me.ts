/** Who is signed in, and what they may do. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import { useMarket } from "../market/store";

export function useSignedIn(): boolean {
  return useMarket((state) => state.player !== null || state.account !== null);
}

/** Nobody is signed in, and that is certain: the stream has begun without an account. */
export function useIsStranger(): boolean {
  return useMarket((state) => state.tick !== null && state.player === null && state.account === null);
}

export function useIsAdmin(): boolean {
  const player = useMarket((state) => state.player?.id);
  const me = useQuery({
    queryKey: ["me", player],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/auth/me", { signal })),
    enabled: player !== undefined,
    staleTime: 60_000,
  });
  return player !== undefined && me.data?.scopes.includes("admin") === true;
}
