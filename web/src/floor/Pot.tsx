import type { ReactNode } from "react";
import type { Biome, Market } from "../api/types";
import { BIOMES } from "../market/biomes";
import { readMicro, showMicro } from "../market/micro";
import { selectSplits, showPerMille, type Splits } from "../market/shares";
import { useMarket } from "../market/store";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES, floorText } from "../strings";
import { flowBetween, partsOf, type Part } from "./ribbons";

/** Per cent of a ribbon that a part must have to be marked by its sign, and by its number as well. */
const ROOM_FOR_SIGN = 5;
const ROOM_FOR_NUMBER = 11;

/** All the cash of the market: how it is split now, and where attention pulls it. */
export function Pot(): ReactNode {
  const markets = useMarket((state) => state.markets);
  const splits = useMarket(selectSplits);
  const pulled = BIOMES.some((biome) => splits[biome]?.target != null);
  const above = partsOf(BIOMES.map((biome) => splits[biome]?.cash ?? 0));
  const below = partsOf(BIOMES.map((biome) => targetOf(splits, biome)));
  return (
    <section aria-labelledby="pot" className="card flex flex-col gap-2 p-4">
      <header className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h3 id="pot" className="text-base font-semibold">
          {floorText.pot}
        </h3>
        <p className="text-sm text-muted tabular-nums">
          <span className="text-base font-semibold text-ink">{showMicro(cashOf(markets))}</span>{" "}
          {floorText.potTotal}
        </p>
      </header>
      <div role="img" aria-label={sentenceOf(splits, pulled)} className="flex flex-col">
        <p aria-hidden="true" className="mb-1 text-xs text-muted">
          {floorText.potCash}
        </p>
        <Ribbon parts={above} className="rounded-t-lg" />
        <div className="relative h-14 sm:h-16">
          {BIOMES.map((biome, index) => (
            <div
              key={biome}
              data-biome={biome}
              className="flow absolute inset-0"
              style={{ clipPath: flowBetween(part(above, index), part(below, index)) }}
            />
          ))}
        </div>
        <Ribbon parts={below} className="rounded-b-lg" />
        <p aria-hidden="true" className="mt-1 text-xs text-muted">
          {pulled ? floorText.potTarget : floorText.potNoPull}
        </p>
      </div>
      <p className="text-xs text-muted">{floorText.potLead}</p>
    </section>
  );
}

function Ribbon({ parts, className }: { parts: readonly Part[]; className: string }): ReactNode {
  return (
    <div className={`relative h-11 overflow-hidden bg-raised contain-strict @lg:h-7 ${className}`}>
      {BIOMES.map((biome, index) => {
        const { from, to } = part(parts, index);
        return (
          <div
            key={biome}
            data-biome={biome}
            title={BIOME_NAMES[biome]}
            className="ribbon-part absolute inset-0"
            style={{ clipPath: `inset(0 calc(${100 - to}% + 1px) 0 ${from}%)` }}
          >
            <div className="h-full" style={{ transform: `translateX(${(from + to) / 2 - 50}%)` }}>
              <Mark biome={biome} share={to - from} />
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** Its sign, and its number beside it, or under it on a phone. Both have their places, and only `translate` makes room for the
 * number: whether it is there moves nothing in the layout. */
function Mark({ biome, share }: { biome: Biome; share: number }): ReactNode {
  const numbered = share >= ROOM_FOR_NUMBER;
  return (
    <>
      {share >= ROOM_FOR_SIGN && (
        <BiomeGlyph
          biome={biome}
          className={`absolute top-[calc(50%-0.5rem)] left-[calc(50%-0.5rem)] size-4 ${
            numbered ? "-translate-y-2.5 @lg:-translate-x-4.5 @lg:translate-y-0" : ""
          }`}
        />
      )}
      {numbered && (
        <span className="absolute bottom-1 left-1/2 w-10 -translate-x-1/2 text-center text-xs leading-4 font-semibold tabular-nums @lg:bottom-1.5 @lg:translate-x-[-0.45rem] @lg:text-left">
          {`${Math.round(share)} %`}
        </span>
      )}
    </>
  );
}

/** Where nothing pulls, the cash stays. */
function targetOf(splits: Splits, biome: Biome): number {
  const split = splits[biome];
  return split?.target ?? split?.cash ?? 0;
}

function part(parts: readonly Part[], index: number): Part {
  return parts[index] ?? { from: 0, to: 0 };
}

function cashOf(markets: readonly Market[]): bigint {
  return markets.reduce((sum, market) => sum + readMicro(market.market_cash_bdt), 0n);
}

function sentenceOf(splits: Splits, pulled: boolean): string {
  return floorText.potPicture(
    listed((biome) => splits[biome]?.cash ?? 0),
    pulled ? listed((biome) => targetOf(splits, biome)) : null,
  );
}

function listed(shareOf: (biome: Biome) => number): string {
  return BIOMES.map((biome) => floorText.potPart(BIOME_NAMES[biome], showPerMille(shareOf(biome)))).join(
    ", ",
  );
}
