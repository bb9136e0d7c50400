import { useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { MICRO, showMicro, type Micro } from "../market/micro";
import type { TrailPoint } from "../market/state";
import { useMarket } from "../market/store";
import { biomeText } from "../strings";
import { shownPrice } from "../page/axis";
import { changeOf, type Change } from "../page/change";
import { roomy } from "../page/figures";
import { Direction } from "../page/Direction";

/** Rows shown. */
const ROWS = 12;
const COLUMNS =
  "grid grid-cols-[minmax(0,1.1fr)_minmax(0,0.85fr)_minmax(0,1.5fr)_2.5rem] items-center gap-x-1.5 whitespace-nowrap";
const LARGE = 1_000n * MICRO;
const NO_TRAIL: readonly TrailPoint[] = [];

interface Props {
  biome: Biome;
  explained: number | null;
  picked: number | null;
  onPick: (tick: number) => void;
}

/** The latest ticks, newest first. The list holds still while someone points at it, is in it by keyboard, or pauses it. */
export function TickList({ biome, explained, picked, onPick }: Props): ReactNode {
  const [paused, setPaused] = useState(false);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const held = paused || pointed || focused;
  const rows = useHeld(useMarket((state) => state.trails[biome]) ?? NO_TRAIL, held)
    .slice(-ROWS - 1)
    .toReversed();
  return (
    <section aria-labelledby="ticks" className="flex min-w-0 flex-col gap-2">
      <div className="flex items-center gap-3">
        <h4 id="ticks" className="text-sm font-semibold">
          {biomeText.ticks}
        </h4>
        <button
          type="button"
          className="button ml-auto min-w-20"
          aria-pressed={paused}
          onClick={() => setPaused(!paused)}
        >
          {paused ? biomeText.goOn : biomeText.pause}
        </button>
      </div>
      <p className="text-xs text-muted">
        {held ? biomeText.paused : biomeText.live}{" "}
        {rows.length === 0 ? biomeText.noTicks : biomeText.ticksHint}
      </p>
      <div aria-hidden="true" className={`${COLUMNS} px-2 text-xs text-muted`}>
        <span>{biomeText.tickColumn}</span>
        <span className="text-right">{biomeText.priceColumn}</span>
        <span className="text-right">{biomeText.changeColumn}</span>
        <span className="text-right">{biomeText.attentionColumn}</span>
      </div>
      {/* Not a control: only holding still while the buttons in it are pointed at. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ol
        className="flex min-h-[31.5rem] flex-col gap-0.5"
        onPointerEnter={() => setPointed(true)}
        onPointerLeave={() => setPointed(false)}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        {rows.slice(0, ROWS).map((point, index) => (
          // A place keeps its row and only the row's words change: rows that moved would be a shift of the layout.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <TickRow
              point={point}
              before={rows[index + 1]}
              chosen={point.tick === (picked ?? explained)}
              onPick={onPick}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

function TickRow({
  point,
  before,
  chosen,
  onPick,
}: {
  point: TrailPoint;
  before: TrailPoint | undefined;
  chosen: boolean;
  onPick: (tick: number) => void;
}): ReactNode {
  const price = microOf(point);
  const change = before === undefined ? null : changeOf(microOf(before), price);
  return (
    <button
      type="button"
      aria-current={chosen}
      className={`${COLUMNS} h-10 w-full rounded-lg px-2 text-left text-xs tabular-nums sm:text-sm hover:bg-raised ${
        chosen ? "tick-chosen" : ""
      }`}
      onClick={() => onPick(point.tick)}
    >
      <span>
        <span className="sr-only">{biomeText.tickColumn} </span>
        {point.tick.toLocaleString("en")}
      </span>
      <span className="text-right">
        <span className="sr-only">{biomeText.priceColumn} </span>
        {roomy(shownPrice(price), 3)}
      </span>
      <span className="text-right">{change !== null && <Percent change={change} />}</span>
      <span className="text-right">
        <span className="sr-only">{biomeText.attentionColumn} </span>
        {roomy(point.attention.toLocaleString("en"), 3)}
      </span>
    </button>
  );
}

/** From a thousand per cent on, decimals make way for digits: the width stays. */
function Percent({ change: { way, percent } }: { change: Change }): ReactNode {
  const large = (percent ?? 0n) >= LARGE;
  return (
    <Direction way={way} room={large ? 5 : 3}>
      {`${showMicro(percent ?? 0n, large ? 0 : 2)} %`}
    </Direction>
  );
}

/** Exact again: a price has six decimals, and a float keeps more. */
function microOf({ price }: TrailPoint): Micro {
  return BigInt(Math.round(price * Number(MICRO)));
}

/** The value, or, while it is held, the one that it had when the holding began. */
function useHeld<T>(value: T, held: boolean): T {
  const [shown, setShown] = useState(value);
  if (!held && shown !== value) setShown(value);
  return held ? shown : value;
}
