import type { ReactNode } from "react";
import { wayOf } from "../page/change";
import { Direction } from "../page/Direction";
import { showMicro, type Micro } from "../market/micro";

interface Placed {
  /** Whole digits for which there is always room, where it stands at a right edge. */
  room?: number;
  className?: string;
}

/** What was gained or lost: by shape, sign and word as well as by colour. */
export function Gain({ amount, ...placed }: Placed & { amount: Micro }): ReactNode {
  const { way, size } = wayOf(amount);
  return (
    <Direction way={way} {...placed}>
      {showMicro(size)}
    </Direction>
  );
}

/** The same in per cent; nothing when there is nothing to compare with. */
export function GainPercent({ percent, ...placed }: Placed & { percent: Micro | null }): ReactNode {
  if (percent === null) return null;
  const { way, size } = wayOf(percent);
  return (
    <Direction way={way} signed={false} {...placed}>
      {`${showMicro(size, 1)} %`}
    </Direction>
  );
}
