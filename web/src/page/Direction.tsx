import type { ReactNode } from "react";
import { text } from "../strings";
import type { Change } from "./change";
import { roomy } from "./figures";

const SHAPES = { up: "▲", down: "▼", same: "■" } as const;
/** Each as wide as the others, so that a change of direction moves nothing. */
const SIGNS = { up: "+", down: "−", same: "±" } as const;
const COLOURS = { up: "text-up", down: "text-down", same: "text-muted" } as const;
const WORDS = { up: text.up, down: text.down, same: text.same } as const;

interface Props {
  way: Change["way"];
  signed?: boolean;
  /** Whole digits for which there is always room: for what ends at a line's right edge. */
  room?: number;
  className?: string;
  /** One string, and so one piece of text, whose beginning keeps its place. */
  children: string;
}

/** An amount with its direction by shape, sign and word as well as by colour. */
export function Direction({ way, signed = true, room = 0, className = "", children }: Props): ReactNode {
  const amount = `${signed ? SIGNS[way] : ""}${children}`;
  return (
    <span className={`whitespace-nowrap tabular-nums ${COLOURS[way]} ${className}`}>
      <span className="sr-only">{`${WORDS[way]} ${children}`}</span>
      <span aria-hidden="true">{`${roomy(amount, room).slice(0, -amount.length)}${SHAPES[way]} ${amount}`}</span>
    </span>
  );
}
