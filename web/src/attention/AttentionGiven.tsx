import type { ReactNode } from "react";
import type { Biome } from "../api/types";
import { BIOMES } from "../market/biomes";
import { recentAttention, showPerMille } from "../market/shares";
import { useMarket } from "../market/store";
import { roomy } from "../page/figures";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES, floorText } from "../strings";
import { LATELY_TICKS, ownPart, recent, total } from "./gathering";
import { useGiven } from "./giving";

/** Where the player's attention went in this visit. */
export function AttentionGiven(): ReactNode {
  const { points } = useGiven();
  const biomes = BIOMES.filter((biome) => (points[biome] ?? 0) > 0);
  return (
    <section aria-labelledby="given" className="card flex flex-col gap-3 p-4">
      <h3 id="given" className="text-base font-semibold">
        {floorText.given}
      </h3>
      {biomes.length === 0 ? (
        <p className="text-sm text-muted">{floorText.givenNone}</p>
      ) : (
        <>
          <table className="w-full text-sm tabular-nums">
            <caption className="sr-only">{floorText.givenLead}</caption>
            <thead className="text-xs text-muted">
              <tr>
                <th scope="col" className="pb-1 text-left font-normal">
                  {floorText.givenBiome}
                </th>
                <th scope="col" className="pb-1 text-right font-normal">
                  {floorText.givenPoints}
                </th>
                <th scope="col" className="w-20 pb-1 text-right font-normal">
                  {floorText.givenPart}
                </th>
              </tr>
            </thead>
            <tbody>
              {biomes.map((biome) => (
                <GivenRow key={biome} biome={biome} points={points[biome] ?? 0} />
              ))}
            </tbody>
            <tfoot>
              <tr className="border-t border-line font-semibold">
                <th scope="row" className="pt-1.5 text-left font-semibold">
                  {floorText.givenTotal}
                </th>
                <td className="pt-1.5 text-right">{total(points).toLocaleString("en")}</td>
              </tr>
            </tfoot>
          </table>
          <p aria-hidden="true" className="text-xs text-muted">
            {floorText.givenLead}
          </p>
        </>
      )}
    </section>
  );
}

function GivenRow({ biome, points }: { biome: Biome; points: number }): ReactNode {
  const { gifts } = useGiven();
  const tick = useMarket((state) => state.tick) ?? 0;
  const all = useMarket((state) => recentAttention(state.trails[biome] ?? [], LATELY_TICKS));
  const own = recent(gifts, tick).reduce((sum, gift) => sum + (gift.biome === biome ? gift.points : 0), 0);
  const part = ownPart(own, all);
  return (
    <tr data-biome={biome}>
      <th scope="row" className="py-1 text-left font-medium">
        <span className="flex items-center gap-2">
          <BiomeGlyph biome={biome} className="size-6 rounded-md bg-biome/15 text-biome" />
          {BIOME_NAMES[biome]}
        </span>
      </th>
      <td className="text-right">{points.toLocaleString("en")}</td>
      <td className="text-right">
        {part === null ? floorText.givenPartUnknown : roomy(showPerMille(part), 2)}
      </td>
    </tr>
  );
}
