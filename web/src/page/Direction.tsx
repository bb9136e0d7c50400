import type { ReactNode } from "react";
import { text } from "../strings";
import type { Change } from "./change";

const SHAPES = { up: "▲", down: "▼", same: "■" } as const;
const SIGNS = { up: "+", down: "−", same: "" } as const;
const COLOURS = { up: "text-up", down: "text-down", same: "text-muted" } as const;
const WORDS = { up: text.up, down: text.down, same: text.same } as const;

/** An amount with its direction by shape, sign and word as well as by colour. What is no difference has no sign. */
export function Direction({
  way,
  signed = true,
  children,
}: {
  way: Change["way"];
  signed?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <span className={`whitespace-nowrap tabular-nums ${COLOURS[way]}`}>
      <span aria-hidden="true">
        <span className="text-[0.75em]">{SHAPES[way]}</span> {signed && SIGNS[way]}
      </span>
      <span className="sr-only">{WORDS[way]} </span>
      {children}
    </span>
  );
}
