import type { ReactNode } from "react";
import type { Market } from "../api/types";
import { marketValue, sharesHeld } from "../market/holdings";
import { readMicro, showMicro } from "../market/micro";
import { splitOf } from "../market/shares";
import type { Move } from "../market/state";
import { useMarket } from "../market/store";
import { BIOME_NAMES, text } from "../strings";
import { AttentionButton } from "./AttentionButton";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { Sparkline } from "./Sparkline";

export function BiomeTile({ market, onTrade }: { market: Market; onTrade: () => void }): ReactNode {
  const { biome } = market;
  const name = BIOME_NAMES[biome];
  const trail = useMarket((state) => state.trails[biome]);
  const signedIn = useMarket((state) => state.account !== null);
  return (
    <article
      data-biome={biome}
      aria-labelledby={`tile-${biome}`}
      className="card tile relative flex flex-col gap-3 overflow-hidden p-4"
    >
      <header className="flex items-center gap-3">
        <BiomeGlyph biome={biome} className="size-11 shrink-0 rounded-xl bg-biome/15 text-biome" />
        <div>
          <h3 id={`tile-${biome}`} className="text-lg leading-tight font-semibold">
            {name}
          </h3>
          {market.halted && (
            <p title={text.haltedHint} className="text-xs font-semibold text-down">
              <span aria-hidden="true">■ </span>
              {text.halted}
            </p>
          )}
        </div>
        <div className="ml-auto h-10 w-1/2 max-w-44">
          <Sparkline trail={trail ?? []} label={text.trail(name)} />
        </div>
      </header>
      <PriceLine market={market} />
      <SplitBars market={market} />
      <OwnHolding market={market} />
      <footer className="mt-auto flex gap-2">
        <button
          type="button"
          className="button flex-1"
          aria-label={text.tradeBiomeLabel(name)}
          onClick={onTrade}
        >
          {text.tradeBiome}
        </button>
        {signedIn && <AttentionButton biome={biome} />}
      </footer>
    </article>
  );
}

function PriceLine({ market }: { market: Market }): ReactNode {
  const move = useMarket((state) => state.moves[market.biome]);
  return (
    <div className="flex flex-wrap items-baseline gap-x-3">
      <p className="text-2xl font-semibold tabular-nums">
        <span className="sr-only">{text.price} </span>
        <span data-testid="price">{showMicro(readMicro(market.price_bdt))}</span>
        <span className="ml-1.5 text-xs font-normal text-muted">{text.perShare}</span>
      </p>
      <LatestMove move={move} />
    </div>
  );
}

/** Direction by shape and sign as well as by colour. */
function LatestMove({ move }: { move: Move | undefined }): ReactNode {
  if (move === undefined) {
    return (
      <p className="text-sm text-muted" title={text.noChangeYet}>
        <span aria-hidden="true">–</span>
        <span className="sr-only">{text.noChangeYet}</span>
      </p>
    );
  }
  const from = readMicro(move.from);
  const change = readMicro(move.to) - from;
  const up = change > 0n;
  const size = up ? change : -change;
  const percent = from === 0n ? "" : showMicro((size * 100_000_000n) / from);
  return (
    <p
      className={`text-sm font-medium whitespace-nowrap tabular-nums ${up ? "text-up" : "text-down"}`}
      title={text.sinceLastChange}
    >
      <span aria-hidden="true">{up ? "▲ +" : "▼ −"}</span>
      <span className="sr-only">{up ? text.up : text.down} </span>
      {percent === "" ? showMicro(size) : `${percent} %`}
    </p>
  );
}

function SplitBars({ market }: { market: Market }): ReactNode {
  const markets = useMarket((state) => state.markets);
  const trails = useMarket((state) => state.trails);
  const split = splitOf(market.biome, markets, trails);
  return (
    <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-1.5 text-xs text-muted">
      <Bar label={text.attentionShare} share={split.attention} className="bg-biome" />
      <Bar label={text.cashShare} share={split.cash} className="striped text-biome" />
    </dl>
  );
}

/** `share` in tenths of a per cent. The bar's full width is half of everything: seven biomes seldom pass that. */
function Bar({
  label,
  share,
  className,
}: {
  label: string;
  share: number | null;
  className: string;
}): ReactNode {
  const width = Math.min(100, (share ?? 0) / 5);
  return (
    <>
      <dt>{label}</dt>
      <div aria-hidden="true" className="h-2 overflow-hidden rounded-full bg-raised">
        <div className={`bar h-full rounded-full ${className}`} style={{ width: `${width}%` }} />
      </div>
      <dd className="min-w-11 text-right tabular-nums text-ink">
        {share === null ? text.noAttention : `${(share / 10).toFixed(1)} %`}
      </dd>
    </>
  );
}

function OwnHolding({ market }: { market: Market }): ReactNode {
  const account = useMarket((state) => state.account);
  if (account === null) return null;
  const shares = sharesHeld(account, market.biome);
  return (
    <p className="text-sm tabular-nums" data-testid="holding">
      {shares > 0n ? (
        text.youHold(showMicro(shares, 4), showMicro(marketValue(shares, market)))
      ) : (
        <span className="text-muted">{text.youHoldNone}</span>
      )}
    </p>
  );
}
