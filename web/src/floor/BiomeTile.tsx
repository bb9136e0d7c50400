import { memo, type ReactNode } from "react";
import { useSignedIn } from "../account/me";
import type { Biome, Market } from "../api/types";
import { marketValue, sharesHeld } from "../market/holdings";
import { readMicro, showMicro } from "../market/micro";
import { selectSplits } from "../market/shares";
import { useMarket } from "../market/store";
import { BiomeScene } from "../page/BiomeScene";
import { addressOf } from "../routing";
import { BIOME_NAMES, floorText, text } from "../strings";
import { openTicket } from "../trade/ticket";
import { AttentionButton } from "./AttentionButton";
import { DayChange, LatestMove } from "./Change";
import { PullGauge } from "./PullGauge";
import { Sparkline } from "./Sparkline";

export function BiomeTile({ market }: { market: Market }): ReactNode {
  const { biome } = market;
  const name = BIOME_NAMES[biome];
  const signedIn = useSignedIn();
  return (
    <article
      data-biome={biome}
      aria-labelledby={`tile-${biome}`}
      className="card tile relative flex flex-col overflow-hidden"
    >
      <header className="relative">
        <TileScene biome={biome} />
        <h3 className="absolute bottom-2 left-3 flex items-center rounded-full bg-surface text-base leading-none font-semibold">
          <a
            id={`tile-${biome}`}
            href={addressOf({ view: "biome", biome })}
            title={floorText.toBiome(name)}
            className="tile-link rounded-full px-3 py-1.5 hover:underline"
          >
            {name}
          </a>
        </h3>
        {market.halted && (
          <p
            title={text.haltedHint}
            className="absolute top-3 right-3 rounded-full bg-surface px-2.5 py-1 text-xs font-semibold text-down"
          >
            <span aria-hidden="true">■ </span>
            {text.halted}
          </p>
        )}
      </header>
      <div className="flex grow flex-col gap-3 p-4 pt-3">
        <div className="flex items-end gap-3">
          <Price market={market} />
          <div className="min-w-0 grow self-center pr-1">
            <Sparkline biome={biome} />
          </div>
        </div>
        <PullGauge market={market} />
        <OwnHolding market={market} />
        <footer className="mt-auto flex gap-2">
          <button
            type="button"
            className="button flex-auto"
            aria-label={text.tradeBiomeLabel(name)}
            onClick={() => openTicket({ biome, side: "buy" })}
          >
            {text.tradeBiome}
          </button>
          {signedIn && <AttentionButton biome={biome} />}
        </footer>
      </div>
    </article>
  );
}

/** Tenths of the scene's liveliness: it need not be drawn again for every tick's attention. */
const STEPS = 5;
/** Tenths of a per cent of all attention at which a scene is at its liveliest. */
const LIVELIEST = 300;

/** How much goes on in a biome's scene, from 0 to 1. */
export function useLife(biome: Biome): number {
  return useMarket((state) => {
    const attention = selectSplits(state)[biome]?.attention ?? 0;
    return Math.round(Math.min(1, attention / LIVELIEST) * STEPS) / STEPS;
  });
}

const TileScene = memo(function TileScene({ biome }: { biome: Biome }): ReactNode {
  return <BiomeScene biome={biome} life={useLife(biome)} className="h-28" />;
});

function Price({ market }: { market: Market }): ReactNode {
  const move = useMarket((state) => state.moves[market.biome]);
  return (
    <div className="min-w-44 shrink-0">
      <p className="text-2xl font-semibold tabular-nums">
        <span className="sr-only">{text.price} </span>
        <span data-testid="price" className="inline-block min-w-[3.75em]">
          {showMicro(readMicro(market.price_bdt))}
        </span>
        <span className="ml-1.5 text-xs font-normal text-muted">{text.perShare}</span>
      </p>
      <DayChange percent={market.change_24h_pct} />
      <LatestMove move={move} />
    </div>
  );
}

function OwnHolding({ market }: { market: Market }): ReactNode {
  const account = useMarket((state) => state.account);
  if (account === null) return null;
  const shares = sharesHeld(account, market.biome);
  return (
    <p className="min-h-10 text-sm tabular-nums" data-testid="holding">
      {shares > 0n ? (
        <>
          <span className="block">{text.youHold(showMicro(shares, 4))}</span>
          <span className="block text-muted">
            {text.youHoldWorth(showMicro(marketValue(shares, market)))}
          </span>
        </>
      ) : (
        <span className="text-muted">{text.youHoldNone}</span>
      )}
    </p>
  );
}
