import type { ReactNode } from "react";
import type { Market } from "../api/types";
import { marketValue, sharesHeld } from "../market/holdings";
import { readMicro, showMicro, type Micro } from "../market/micro";
import { pullOf, selectSplits, showPerMille } from "../market/shares";
import { useMarket } from "../market/store";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES, biomeText, text } from "../strings";
import { openTicket } from "../trade/ticket";
import { shownPrice } from "../page/axis";
import { changeOf, wayOf, type Change } from "../page/change";
import { roomy } from "../page/figures";
import { Direction } from "../page/Direction";

export function BiomeHeader({ market }: { market: Market }): ReactNode {
  const { biome } = market;
  const name = BIOME_NAMES[biome];
  return (
    <header className="card tile relative grid gap-x-8 gap-y-5 overflow-hidden p-4 sm:p-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,20rem)]">
      <div className="flex flex-col gap-4">
        <div className="flex items-center gap-3">
          <BiomeGlyph biome={biome} className="size-14 shrink-0 rounded-2xl bg-biome/15 text-biome" />
          <h2 id="view" className="text-2xl font-bold">
            {name}
          </h2>
          {market.halted && (
            <p
              title={text.haltedHint}
              className="rounded-full bg-warn px-3 py-1 text-xs font-semibold text-warn-ink"
            >
              <span aria-hidden="true">■ </span>
              {text.halted}
            </p>
          )}
        </div>
        <Price market={market} />
      </div>
      <div className="flex flex-col gap-4">
        <Pull market={market} />
        <Holding market={market} />
        <div className="grid grid-cols-2 gap-2">
          <button
            type="button"
            className="button-primary px-2 whitespace-nowrap"
            onClick={() => openTicket({ biome, side: "buy" })}
          >
            {biomeText.buy(name)}
          </button>
          <button
            type="button"
            className="button px-2 text-base font-semibold whitespace-nowrap"
            onClick={() => openTicket({ biome, side: "sell" })}
          >
            {biomeText.sell(name)}
          </button>
        </div>
      </div>
    </header>
  );
}

function Price({ market }: { market: Market }): ReactNode {
  const move = useMarket((state) => state.moves[market.biome]);
  const price = readMicro(market.price_bdt);
  const latest = move === undefined ? null : changeOf(readMicro(move.from), readMicro(move.to));
  return (
    <div>
      <p className="text-4xl leading-none font-bold tabular-nums sm:text-5xl">
        <span className="sr-only">{text.price} </span>
        <span data-testid="price" className="inline-block min-w-[5.6ch]">
          {shownPrice(price)}
        </span>
        <span className="ml-2 text-sm font-normal text-muted">{text.perShare}</span>
      </p>
      <p className="mt-3 flex min-h-12 flex-wrap items-baseline gap-x-6 text-base font-semibold sm:min-h-6">
        {latest === null ? (
          <span className="font-normal text-muted">{text.noChangeYet}</span>
        ) : (
          <Changed change={latest} since={text.sinceLastChange} />
        )}
        <Change24h percent={market.change_24h_pct} />
      </p>
    </div>
  );
}

function Change24h({ percent }: { percent: string | null }): ReactNode {
  if (percent === null) return <span className="font-normal text-muted">{biomeText.noChange24h}</span>;
  const { way, size } = wayOf(readMicro(percent));
  return <Changed change={{ way, size, percent: size }} since={biomeText.change24h} />;
}

function Changed({ change: { way, size, percent }, since }: { change: Change; since: string }): ReactNode {
  return (
    <span className="whitespace-nowrap">
      <Direction way={way} className="inline-block min-w-[10.5ch]">
        {percent === null ? showMicro(size) : `${showMicro(percent)} %`}
      </Direction>{" "}
      <span className="text-sm font-normal text-muted">{since}</span>
    </span>
  );
}

/** Attention beside cash: the difference is what pulls the price at the next ticks. */
function Pull({ market }: { market: Market }): ReactNode {
  const split = useMarket((state) => selectSplits(state)[market.biome]);
  return (
    <div>
      <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-2 text-sm text-muted">
        <Share label={biomeText.attentionShare} share={split?.attention ?? null} className="bg-biome" />
        <Share label={biomeText.cashShare} share={split?.cash ?? 0} className="striped text-biome" />
      </dl>
      <p className="mt-2 min-h-10 text-sm text-muted">
        {biomeText.shareNote[split === undefined ? "none" : pullOf(split)]}
      </p>
    </div>
  );
}

/** `share` in tenths of a per cent. */
function Share({
  label,
  share,
  className,
}: {
  label: string;
  share: number | null;
  className: string;
}): ReactNode {
  return (
    <>
      <dt>{label}</dt>
      <div aria-hidden="true" className="h-2.5 overflow-hidden rounded-full bg-raised">
        <div className={`bar h-full rounded-full ${className}`} style={{ width: `${(share ?? 0) / 10}%` }} />
      </div>
      <dd className="min-w-14 text-right font-medium tabular-nums text-ink">
        {share === null ? text.noAttention : roomy(showPerMille(share), 2)}
      </dd>
    </>
  );
}

function Holding({ market }: { market: Market }): ReactNode {
  const account = useMarket((state) => state.account);
  if (account === null) return null;
  const shares: Micro = sharesHeld(account, market.biome);
  return (
    <dl className="flex min-h-13 items-baseline justify-between gap-x-4 border-t border-line pt-3 text-sm tabular-nums">
      <dt className="text-muted">{biomeText.yourHolding}</dt>
      <dd data-testid="holding" className="text-right">
        {shares === 0n ? (
          <span className="text-muted">{biomeText.none}</span>
        ) : (
          <>
            <span className="block font-semibold">{biomeText.yourShares(showMicro(shares, 4))}</span>
            <span className="block text-muted">
              {biomeText.worth(roomy(showMicro(marketValue(shares, market)), 4))}
            </span>
          </>
        )}
      </dd>
    </dl>
  );
}
