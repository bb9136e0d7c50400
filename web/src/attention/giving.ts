/**
 * Giving attention from the page. Whatever gathers points (a press, a pointer over a scene, an arrow key) offers them here;
 * they leave together, one batch a window, so that a restless hand is not a flood of requests.
 */
import { useQuery } from "@tanstack/react-query";
import { get, post } from "../api/client";
import { bodyOf } from "../api/queries";
import type { Biome } from "../api/types";
import { observable, useObservable } from "../market/observable";
import { marketStore } from "../market/store";
import { announce } from "../page/announcements";
import { text } from "../strings";
import { add, pingsOf, recent, roomFor, total, type Gift, type Points } from "./gathering";

/** Milliseconds between two batches: the market's window. */
export const WINDOW_MS = 500;
/** Points a player and window that count unless the operator has set another cap. */
export const USUAL_CAP = 10;

export interface Given {
  /** Points that were sent and accepted in this visit. */
  points: Points;
  /** The latest of them, for the player's part of all. */
  gifts: readonly Gift[];
}

const NOTHING: Given = { points: {}, gifts: [] };

const gathered = observable<Points>({});
const given = observable<Given>(NOTHING);
const cap = observable(USUAL_CAP);
let sending: number | undefined;

// What one player gave is nobody else's business.
marketStore.subscribe(() => {
  const { player, account } = marketStore.read();
  if (player === null && account === null) given.set(NOTHING);
});

/**
 * Offers points for a biome.
 *
 * @returns how many of them are taken: none beyond the cap, in a hidden tab, or for a visitor.
 */
export function give(biome: Biome, points: number): number {
  if (document.hidden || marketStore.read().account === null) return 0;
  const taken = roomFor(points, gathered.read(), cap.read());
  if (taken === 0) return 0;
  gathered.set(add(gathered.read(), biome, taken));
  sending ??= window.setTimeout(() => void send(), WINDOW_MS);
  return taken;
}

async function send(): Promise<void> {
  const pings = pingsOf(gathered.read());
  gathered.set({});
  sending = undefined;
  const { account, tick } = marketStore.read();
  if (pings.length === 0 || account === null) return;
  const answer = await post("/api/v1/biome-market/track-attention", { pings });
  if (answer.ok) {
    // The answer counts pings, in the order in which they were sent.
    note(pings.slice(0, answer.body.accepted).map((ping) => ({ ...ping, tick: tick ?? 0 })));
  } else if (answer.problem.code === "NOT_SIGNED_IN") {
    marketStore.dispatch({ type: "signed-out" });
    announce(text.sessionOver);
  } else {
    announce(text.attentionFailed);
  }
}

function note(gifts: readonly Gift[]): void {
  const { points, gifts: before } = given.read();
  given.set({
    points: gifts.reduce((sums, gift) => add(sums, gift.biome, gift.points), points),
    gifts: [...recent(before, marketStore.read().tick ?? 0), ...gifts],
  });
}

export function useGiven(): Given {
  return useObservable(given);
}

/** Points of this window that are taken, and how many can be. */
export function useGathered(): { taken: number; cap: number } {
  return { taken: total(useObservable(gathered)), cap: useObservable(cap) };
}

/** Milliseconds: operators change the cap seldom. */
const CAP_STAYS_MS = 300_000;

/** Keeps to the cap that the market's newest tick names. */
export function useCapOfTheMarket(enabled: boolean): void {
  useQuery({
    queryKey: ["attention-cap"],
    queryFn: async ({ signal }) => {
      const { ticks } = await bodyOf(get("/api/v1/biome-market/ticks", { query: { limit: 1 }, signal }));
      const told = ticks.at(-1)?.attention?.cap ?? USUAL_CAP;
      cap.set(told);
      return told;
    },
    enabled,
    staleTime: CAP_STAYS_MS,
    refetchInterval: CAP_STAYS_MS,
  });
}
