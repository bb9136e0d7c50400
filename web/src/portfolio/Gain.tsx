import type { ReactNode } from "react";
import { wayOf } from "../page/change";
import { Direction } from "../page/Direction";
import { showMicro, type Micro } from "../market/micro";

/** What was gained or lost: by shape, sign and word as well as by colour. */
export function Gain({ amount, decimals = 2 }: { amount: Micro; decimals?: number }): ReactNode {
  const { way, size } = wayOf(amount);
  return <Direction way={way}>{showMicro(size, decimals)}</Direction>;
}

/** The same in per cent; nothing when there is nothing to compare with. */
export function GainPercent({ percent }: { percent: Micro | null }): ReactNode {
  if (percent === null) return null;
  const { way, size } = wayOf(percent);
  return (
    <Direction way={way} signed={false}>
      {showMicro(size, 1)} %
    </Direction>
  );
}
