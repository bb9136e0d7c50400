import type { ReactNode } from "react";
import { post } from "../api/client";
import type { Biome } from "../api/types";
import { BIOMES } from "../market/biomes";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES } from "../strings";
import { adminText } from "../strings/admin";
import { once, type Act } from "./act";
import { Panel } from "./Panel";
import { useAdminStatus } from "./status";

/** Each biome and the whole market: what runs, and a way to change it. */
export function Halts({ onAct }: { onAct: (act: Act) => void }): ReactNode {
  const status = useAdminStatus().data;
  const rows: readonly (Biome | null)[] = [null, ...BIOMES];
  return (
    <Panel id="halts" title={adminText.halts} lead={adminText.haltsLead}>
      <ul className="grid gap-2 sm:grid-cols-2">
        {rows.map((biome) => (
          <HaltRow
            key={biome ?? "market"}
            biome={biome}
            halted={
              status === undefined
                ? null
                : biome === null
                  ? status.halted
                  : status.halted_biomes.includes(biome)
            }
            onAct={onAct}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface Row {
  biome: Biome | null;
  /** Null: not known yet. */
  halted: boolean | null;
  onAct: (act: Act) => void;
}

function HaltRow({ biome, halted, onAct }: Row): ReactNode {
  const name = biome === null ? adminText.market : BIOME_NAMES[biome];
  const inSentence = biome === null ? adminText.wholeMarket : name;
  return (
    <li
      data-biome={biome ?? undefined}
      className={`flex items-center gap-3 rounded-xl border border-line p-2.5 ${biome === null ? "sm:col-span-2" : ""}`}
    >
      {biome !== null && <BiomeGlyph biome={biome} className="size-8 shrink-0 text-biome" />}
      <p className="min-w-0 flex-1 text-sm">
        <span className="block font-semibold">{name}</span>
        <span className={halted === true ? "font-semibold text-down" : "text-muted"}>
          {halted === null ? "…" : halted ? adminText.isHalted : adminText.running}
        </span>
      </p>
      <button
        type="button"
        className="button"
        disabled={halted === null}
        aria-label={halted === true ? adminText.resumeOf(inSentence) : adminText.haltOf(inSentence)}
        onClick={() => onAct(halted === true ? resumeAct(biome, inSentence) : haltAct(biome, inSentence))}
      >
        {halted === true ? adminText.resume : adminText.halt}
      </button>
    </li>
  );
}

function haltAct(biome: Biome | null, name: string): Act {
  return {
    title: `${adminText.haltOf(name)}?`,
    says: adminText.haltSays(name),
    confirm: adminText.halt,
    grave: true,
    give: (attempt) => post("/api/v1/admin/halt", { reason: attempt.reason, biome }, once(attempt)),
  };
}

function resumeAct(biome: Biome | null, name: string): Act {
  return {
    title: `${adminText.resumeOf(name)}?`,
    says: biome === null ? adminText.resumeMarketSays : adminText.resumeSays(name),
    confirm: adminText.resume,
    grave: false,
    give: (attempt) => post("/api/v1/admin/resume", { reason: attempt.reason, biome }, once(attempt)),
  };
}
