import type { Biome } from "../api/types";

/** The market's fixed order of the biomes: every list of seven follows it. */
export const BIOMES: readonly Biome[] = ["ocean", "beach", "plains", "forest", "desert", "mountain", "snow"];
