import type { ReactNode } from "react";
import { readMicro, showMicro } from "../market/micro";
import { roomy } from "../page/figures";
import { Gain } from "../portfolio/Gain";
import type { Standing } from "./queries";

interface Props {
  standing: Standing;
  /** Whole digits for which there is always room, where it stands at a right edge. */
  room?: number;
}

export function NetWorth({ standing, room = 0 }: Props): ReactNode {
  return (
    <span className="whitespace-nowrap tabular-nums">
      {roomy(showMicro(readMicro(standing.net_worth_bdt)), room)}
    </span>
  );
}

export function RealizedGain({ standing, room = 0 }: Props): ReactNode {
  return <Gain room={room} amount={readMicro(standing.realized_gain_bdt)} />;
}
