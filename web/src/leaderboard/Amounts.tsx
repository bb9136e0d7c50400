import type { ReactNode } from "react";
import { readMicro, showMicro } from "../market/micro";
import { Gain } from "../portfolio/Gain";
import type { Standing } from "./queries";

export function NetWorth({ standing }: { standing: Standing }): ReactNode {
  return (
    <span className="whitespace-nowrap tabular-nums">{showMicro(readMicro(standing.net_worth_bdt))}</span>
  );
}

export function RealizedGain({ standing }: { standing: Standing }): ReactNode {
  return <Gain amount={readMicro(standing.realized_gain_bdt)} />;
}
