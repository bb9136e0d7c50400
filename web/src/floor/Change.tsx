import type { ReactNode } from "react";
import { parseMicro, readMicro, showMicro, type Micro } from "../market/micro";
import type { Move } from "../market/state";
import { floorText, text } from "../strings";

// What changes stands last in its line, so that nothing beside it moves.

/** Change over a day, in per cent, as the market tells it. */
export function DayChange({ percent }: { percent: string | null }): ReactNode {
  const micro = percent === null ? null : parseMicro(percent);
  return (
    <p title={floorText.dayHint} className="flex items-baseline gap-1.5 text-sm font-semibold tabular-nums">
      <span aria-hidden="true" className="text-xs font-normal text-muted">
        {floorText.day}
      </span>
      <span className="sr-only">{floorText.dayLabel}</span>
      <Signed percent={micro} />
    </p>
  );
}

/** The latest change of the price, from tick to tick. */
export function LatestMove({ move }: { move: Move | undefined }): ReactNode {
  return (
    <p title={text.sinceLastChange} className="flex items-baseline gap-1.5 text-xs tabular-nums">
      <span className="text-muted">{floorText.lastMove}</span>
      <Signed percent={move === undefined ? null : percentOf(move)} />
    </p>
  );
}

function percentOf({ from, to }: Move): Micro {
  const before = readMicro(from);
  return before === 0n ? 0n : ((readMicro(to) - before) * 100_000_000n) / before;
}

const SIGNS = { up: "▲ +", down: "▼ −", level: "= " } as const;

/** Direction by shape and sign as well as by colour. `percent` in micro per cent. */
function Signed({ percent }: { percent: Micro | null }): ReactNode {
  if (percent === null) {
    return (
      <span className="text-muted">
        <span aria-hidden="true">–</span>
        <span className="sr-only">{text.noChangeYet}</span>
      </span>
    );
  }
  const size = showMicro(percent < 0n ? -percent : percent);
  const way = !/[1-9]/.test(size) ? "level" : percent > 0n ? "up" : "down";
  const colour = way === "level" ? "text-muted" : way === "up" ? "text-up" : "text-down";
  const said = `${way === "level" ? "" : `${way === "up" ? text.up : text.down} `}${size} %`;
  return (
    <span className={`whitespace-nowrap ${colour}`}>
      <span className="sr-only">{said}</span>
      {/* One piece of text: were the per cent sign another one, it would move with each digit. */}
      <span aria-hidden="true">{`${SIGNS[way]}${size} %`}</span>
    </span>
  );
}
