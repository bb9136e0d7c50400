/** One tick of one biome, explained: asked of the API, and asked again while history is not that far yet. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { get } from "../api/client";
import { bodyOf, Refusal } from "../api/queries";
import type { components } from "../api/schema";
import type { Biome } from "../api/types";
import type { Receipt } from "./receipt";

export type PriceMove = components["schemas"]["PriceMove"];

export interface Explanation {
  tick: number;
  closedAt: string;
  hash: string;
  previous: string;
  receipt: Receipt;
  move: PriceMove;
  /** What holds for all biomes. */
  sentences: readonly string[];
}

/** Milliseconds between two questions for a tick that history does not have yet, and how many are asked. */
const NOT_YET_MS = 400;
const ASKED = 8;
/** Milliseconds that an explanation is kept: following the newest tick makes a new one every two seconds. */
const KEPT_MS = 30_000;

export const NOT_THERE = "TICK_NOT_THERE";

export function useExplanation(biome: Biome, tick: number | null): UseQueryResult<Explanation> {
  return useQuery({
    queryKey: ["explanation", biome, tick],
    queryFn: ({ signal }) => explain(biome, tick ?? 0, signal),
    enabled: tick !== null,
    staleTime: Infinity,
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
}

async function explain(biome: Biome, tick: number, signal: AbortSignal): Promise<Explanation> {
  const told = await receiptOf(tick, signal);
  const why = await bodyOf(get("/api/v1/biome-market/ticks/{tick}/why", { path: { tick }, signal }));
  const receipt = told.markets.find((each) => each.biome === biome);
  const move = why.moves.find((each) => each.biome === biome);
  if (receipt === undefined || move === undefined) throw new Refusal({ code: NOT_THERE, detail: "" });
  const { closed_at: closedAt, hash, previous } = told;
  return { tick, closedAt, hash, previous, receipt, move, sentences: why.sentences };
}

/** A range of one: for a tick that is not in history yet its answer is an empty list, where `ticks/{tick}` would fail. */
async function receiptOf(tick: number, signal: AbortSignal): Promise<components["schemas"]["Tick"]> {
  for (let asked = 0; asked < ASKED; asked += 1) {
    const query = { from_tick: tick, to_tick: tick, limit: 1 };
    // One question after another: the next is only asked when this answer was empty.
    // oxlint-disable-next-line no-await-in-loop
    const { ticks } = await bodyOf(get("/api/v1/biome-market/ticks", { query, signal }));
    const [told] = ticks;
    if (told !== undefined) return told;
    // oxlint-disable-next-line no-await-in-loop
    await later(NOT_YET_MS);
  }
  throw new Refusal({ code: NOT_THERE, detail: "" });
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    window.setTimeout(resolve, ms);
  });
}
