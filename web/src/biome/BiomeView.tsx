/** One biome: its price now and over days, why it moved, and what the player has in it. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { AttentionScene } from "../attention/AttentionScene";
import { BIOMES } from "../market/biomes";
import { useMarket } from "../market/store";
import { Loading } from "../page/states";
import { addressOf } from "../routing";
import { BIOME_NAMES, biomeText, text } from "../strings";
import { changeTicket } from "../trade/ticket";
import { BiomeHeader } from "./BiomeHeader";
import { ChartCard } from "./ChartCard";
import { OwnOrders } from "./OwnOrders";
import { WhyPanel } from "./WhyPanel";

export function BiomeView({ biome }: { biome: Biome }): ReactNode {
  const market = useMarket((state) => state.markets.find((each) => each.biome === biome));
  const [picked, setPicked] = useState<number | null>(null);
  const why = useRef<HTMLDivElement>(null);
  useEffect(() => changeTicket({ biome }), [biome]);

  function explain(tick: number): void {
    setPicked(tick);
    why.current?.scrollIntoView({ block: "nearest" });
  }

  return (
    <section aria-labelledby="view" data-biome={biome} className="flex min-w-0 flex-col gap-4 lg:gap-6">
      <Neighbours biome={biome} />
      {market === undefined ? (
        <>
          <h2 id="view" className="view-title">
            {BIOME_NAMES[biome]}
          </h2>
          <Loading label={text.waitingForMarket} className="h-88 sm:h-60" />
        </>
      ) : (
        <BiomeHeader market={market} />
      )}
      <ChartCard biome={biome} onExplain={explain} />
      <AttentionScene biome={biome} />
      <div ref={why} className="scroll-mb-4">
        <WhyPanel biome={biome} picked={picked} onPick={setPicked} />
      </div>
      <OwnOrders biome={biome} />
    </section>
  );
}

function Neighbours({ biome }: { biome: Biome }): ReactNode {
  const index = BIOMES.indexOf(biome);
  const before = BIOMES.at(index - 1) ?? biome;
  const after = BIOMES[(index + 1) % BIOMES.length] ?? biome;
  return (
    <nav aria-label={biomeText.neighbours} className="flex items-center gap-2 text-sm">
      <a className="link mr-auto py-1.5" href={addressOf({ view: "floor" })}>
        {text.toTheFloor}
      </a>
      <a
        className="button flex items-center gap-1.5"
        href={addressOf({ view: "biome", biome: before })}
        aria-label={biomeText.previous(BIOME_NAMES[before])}
      >
        <span aria-hidden="true">‹</span> {BIOME_NAMES[before]}
      </a>
      <a
        className="button flex items-center gap-1.5"
        href={addressOf({ view: "biome", biome: after })}
        aria-label={biomeText.next(BIOME_NAMES[after])}
      >
        {BIOME_NAMES[after]} <span aria-hidden="true">›</span>
      </a>
    </nav>
  );
}
