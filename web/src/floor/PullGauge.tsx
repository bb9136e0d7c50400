import type { ReactNode } from "react";
import type { Market } from "../api/types";
import { pullOf, selectSplits, showPerMille, type Pull, type Split } from "../market/shares";
import { useMarket } from "../market/store";
import { roomy } from "../page/figures";
import { floorText, text } from "../strings";

/** Tenths of a per cent at the track's right end: seven biomes seldom hold more than half. */
const FULL = 500;

const COLOURS: Record<Pull, string> = {
  up: "text-up",
  down: "text-down",
  level: "text-muted",
  none: "text-muted",
};

/** Where the biome's cash stands, and where attention pulls it next. */
export function PullGauge({ market }: { market: Market }): ReactNode {
  const split = useMarket((state) => selectSplits(state)[market.biome]);
  if (split === undefined) return null;
  const pull = pullOf(split);
  return (
    <div className="@container">
      <dl className="flex justify-between gap-2 text-xs whitespace-nowrap tabular-nums">
        <div className="flex gap-1.5">
          <dt className="flex items-center gap-1.5 text-muted">
            <span aria-hidden="true" className="striped h-2 w-4 rounded-sm text-biome" />
            {floorText.cash}
          </dt>
          <dd className="font-medium">{roomy(showPerMille(split.cash), 2)}</dd>
        </div>
        <div className="flex gap-1.5" title={floorText.attentionHint}>
          <dt className="flex items-center gap-1.5 text-muted">
            <span aria-hidden="true" className="size-2 rotate-45 bg-ink" />
            <span>
              {floorText.attention}
              <span className="hidden @[17rem]:inline">{floorText.attentionSpan}</span>
            </span>
          </dt>
          <dd className="min-w-[6ch] font-medium">
            {split.attention === null ? text.noAttention : roomy(showPerMille(split.attention), 2)}
          </dd>
        </div>
      </dl>
      <Track split={split} pull={pull} />
      <p className={`min-h-5 text-xs font-medium whitespace-nowrap tabular-nums ${COLOURS[pull]}`}>
        <span aria-hidden="true" className="inline-block w-[1.2em]">
          {pull === "up" ? "▲" : pull === "down" ? "▼" : "="}
        </span>
        {sentenceOf(split, pull, market.halted)}
      </p>
    </div>
  );
}

function Track({ split, pull }: { split: Split; pull: Pull }): ReactNode {
  const cash = across(split.cash);
  const target = across(split.target ?? split.cash);
  return (
    <div aria-hidden="true" className={`relative mt-2 mb-1.5 h-3 ${COLOURS[pull]}`}>
      <div className="absolute inset-0 overflow-hidden rounded-full bg-raised">
        <div className="gauge-moves striped h-full text-biome" style={{ clipPath: between(0, cash) }} />
        <div
          className="gauge-moves gauge-arrow absolute inset-x-0 inset-y-0.5"
          style={{ clipPath: between(cash, target) }}
        />
      </div>
      {split.target !== null && (
        <>
          <div
            className="gauge-moves absolute -inset-x-2 -inset-y-0.5 bg-surface"
            style={{ clipPath: diamond(target, 8) }}
          />
          <div
            className="gauge-moves absolute -inset-x-2 -inset-y-0.5 bg-ink"
            style={{ clipPath: diamond(target, 6) }}
          />
        </>
      )}
    </div>
  );
}

/** A part of the track, from one place to another in per cent. */
function between(one: number, other: number): string {
  return `inset(0 ${100 - Math.max(one, other)}% 0 ${Math.min(one, other)}%)`;
}

/** A sign at a place of the track, which its element exceeds by half a rem on either side; half as wide as `radius` says, in sixteenths of a rem. */
function diamond(place: number, radius: number): string {
  const middle = `calc(0.5rem + (100% - 1rem) * ${place / 100})`;
  const reach = `${radius / 16}rem`;
  return `polygon(calc(${middle} - ${reach}) 50%, ${middle} calc(50% - ${reach}), calc(${middle} + ${reach}) 50%, ${middle} calc(50% + ${reach}))`;
}

function across(share: number): number {
  return Math.min(100, (share / FULL) * 100);
}

function sentenceOf({ target }: Split, pull: Pull, halted: boolean): string {
  if (halted) return floorText.pullHalted;
  if (target === null || pull === "none") return floorText.pullNone;
  if (pull === "level") return floorText.pullLevel;
  return pull === "up" ? floorText.pullUp(showPerMille(target)) : floorText.pullDown(showPerMille(target));
}
