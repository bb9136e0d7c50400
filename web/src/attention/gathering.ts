/** Points of attention that wait for the next batch: never more than count, since a cap holds for a player and window. */
import type { Biome } from "../api/types";

export type Points = Readonly<Partial<Record<Biome, number>>>;

export interface Ping {
  biome: Biome;
  points: number;
}

export function total(points: Points): number {
  return Object.values(points).reduce((sum, each) => sum + each, 0);
}

/** How many of the points that are offered still fit under the cap. */
export function roomFor(offered: number, gathered: Points, cap: number): number {
  return Math.max(0, Math.min(offered, cap - total(gathered)));
}

export function add(points: Points, biome: Biome, more: number): Points {
  return { ...points, [biome]: (points[biome] ?? 0) + more };
}

export function pingsOf(points: Points): Ping[] {
  return (Object.entries(points) as [Biome, number][])
    .filter(([, each]) => each > 0)
    .map(([biome, each]) => ({ biome, points: each }));
}

/** Attention that this player sent, and the tick that was the newest then. */
export interface Gift extends Ping {
  tick: number;
}

/** Ticks over which a player's own part is told: half a minute. */
export const LATELY_TICKS = 60;

/** The gifts that are still told of. */
export function recent(gifts: readonly Gift[], tick: number): readonly Gift[] {
  return gifts.filter((gift) => gift.tick > tick - LATELY_TICKS);
}

/** The player's part, in tenths of a per cent, of what a biome was given lately; null when it was given nothing. A gift that
 * is not in a tick yet would make it more than all. */
export function ownPart(own: number, all: number): number | null {
  return all <= 0 ? null : Math.min(1000, Math.floor((own * 1000) / all));
}
