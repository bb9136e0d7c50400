/** What hides where in the scenes, and whether something is near enough to be found. */
import type { Biome } from "../api/types";
import { STAGE } from "../page/BiomeScene";

export interface Finding {
  id: string;
  /** Its drawing, where several biomes share one. */
  art: string;
  /** Its middle on the stage. */
  x: number;
  y: number;
}

export interface Spot {
  x: number;
  y: number;
}

/** Units of the stage within which a finding is found: about the size of a finger tip. */
const NEAR = 22;

function at(id: string, x: number, y: number, art = id): Finding {
  return { id, art, x, y };
}

// In the middle of the stage's height: a wide, low box shows only that part of it from the ground up.
export const FINDINGS: Record<Biome, readonly Finding[]> = {
  ocean: [at("whale", 304, 104), at("bottle", 92, 120), at("gull", 146, 58, "bird")],
  beach: [at("crab", 246, 122), at("starfish", 64, 124), at("sail", 256, 72)],
  plains: [at("hare", 64, 112), at("lark", 236, 62, "bird"), at("poppy", 322, 114)],
  forest: [at("owl", 142, 66), at("fox", 252, 118), at("mushroom", 74, 124)],
  desert: [at("camel", 214, 88), at("lizard", 146, 122), at("bloom", 64, 56)],
  mountain: [at("goat", 132, 80), at("eagle", 258, 56, "bird"), at("hut", 318, 108)],
  snow: [at("hare", 84, 112), at("snowman", 292, 104), at("star", 196, 52)],
};

/** What is found from a spot: the nearest of those within reach. */
export function foundAt(spot: Spot, findings: readonly Finding[]): Finding | null {
  const [nearest] = findings
    .map((finding) => ({ finding, distance: distanceOf(spot, finding) }))
    .filter(({ distance }) => distance <= NEAR)
    .toSorted((a, b) => a.distance - b.distance);
  return nearest?.finding ?? null;
}

export function distanceOf(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Where a pointer is on the stage, from the stage's box in the window. */
export function spotIn(
  box: { left: number; top: number; width: number; height: number },
  pointer: { clientX: number; clientY: number },
): Spot {
  return within({
    x: ((pointer.clientX - box.left) / box.width) * STAGE.width,
    y: ((pointer.clientY - box.top) / box.height) * STAGE.height,
  });
}

/** Units of the stage that one press of an arrow key goes. */
const STRIDE = 16;

const STEPS: Record<string, Spot> = {
  ArrowLeft: { x: -STRIDE, y: 0 },
  ArrowRight: { x: STRIDE, y: 0 },
  ArrowUp: { x: 0, y: -STRIDE },
  ArrowDown: { x: 0, y: STRIDE },
};

/** Where an arrow key leads; null for any other key. */
export function stepped(from: Spot, key: string): Spot | null {
  const step = STEPS[key];
  return step === undefined ? null : within({ x: from.x + step.x, y: from.y + step.y });
}

function within({ x, y }: Spot): Spot {
  return { x: Math.min(STAGE.width, Math.max(0, x)), y: Math.min(STAGE.height, Math.max(0, y)) };
}
