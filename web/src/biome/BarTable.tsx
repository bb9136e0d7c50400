import { useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { showMicro } from "../market/micro";
import { BIOME_NAMES, biomeText } from "../strings";
import { momentOf, shownPrice } from "../page/axis";
import type { Bar } from "./bars";
import type { Width } from "./ranges";

/** Bars that the table has: enough to read a trend, short enough to walk through by keyboard. */
const ROWS = 30;

interface Props {
  biome: Biome;
  bars: readonly Bar[];
  width: Width;
  onExplain: (tick: number) => void;
}

/** The chart for those who read or use a keyboard: the newest bars, each with its explanation. */
export function BarTable(props: Props): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <details className="text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="link w-fit cursor-pointer">{biomeText.table}</summary>
      {open && <Table {...props} />}
    </details>
  );
}

function Table({ biome, bars, width, onExplain }: Props): ReactNode {
  const { legend } = biomeText;
  const heads = [legend.open, legend.high, legend.low, legend.close, legend.volume, legend.attention];
  return (
    <div
      className="mt-3 max-h-80 overflow-auto rounded-lg border border-line"
      role="region"
      aria-label={biomeText.table}
      // What scrolls has to be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className="w-full tabular-nums">
        <caption className="sr-only">
          {biomeText.tableCaption(BIOME_NAMES[biome], biomeText.widths[width])}
        </caption>
        <thead className="sticky top-0 bg-raised text-xs">
          <tr>
            <th scope="col" className="px-3 py-2 text-left font-medium">
              {legend.time}
            </th>
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 py-2 text-right font-medium">
                {head}
              </th>
            ))}
            <th scope="col" className="px-3 py-2">
              <span className="sr-only">{biomeText.explain}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {bars
            .slice(-ROWS)
            .toReversed()
            .map((bar) => (
              <Row key={bar.start} bar={bar} onExplain={onExplain} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ bar, onExplain }: { bar: Bar; onExplain: (tick: number) => void }): ReactNode {
  const time = momentOf(bar.start);
  const prices = [bar.open, bar.high, bar.low, bar.close].map(shownPrice);
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-3 py-1.5 text-left font-medium whitespace-nowrap">
        {time}
      </th>
      {[...prices, showMicro(bar.volume), bar.attention.toLocaleString("en")].map((cell, column) => (
        // The cells of a row never change places.
        // oxlint-disable-next-line react/no-array-index-key
        <td key={column} className="px-3 py-1.5 text-right">
          {cell}
        </td>
      ))}
      <td className="px-3 py-1.5 text-right">
        <button
          type="button"
          className="link"
          aria-label={biomeText.explainBar(time)}
          onClick={() => onExplain(bar.lastTick)}
        >
          {biomeText.explain}
        </button>
      </td>
    </tr>
  );
}
