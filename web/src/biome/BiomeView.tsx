import type { ReactNode } from "react";
import type { Biome } from "../api/types";
import { BIOME_NAMES } from "../strings";

export function BiomeView({ biome }: { biome: Biome }): ReactNode {
  return (
    <section aria-labelledby="view" data-biome={biome} className="flex flex-col gap-4">
      <h2 id="view" className="view-title">
        {BIOME_NAMES[biome]}
      </h2>
    </section>
  );
}
