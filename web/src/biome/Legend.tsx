import type { ReactNode } from "react";
import { showMicro } from "../market/micro";
import { biomeText } from "../strings";
import { momentOf, shownPrice } from "../page/axis";
import type { Bar } from "./bars";
import { wayOf } from "../page/change";
import { Direction } from "../page/Direction";
import type { Width } from "./ranges";

interface Props {
  /** The bar under the pointer, or the newest one. */
  bar: Bar | undefined;
  live: boolean;
  width: Width;
}

/** The numbers of one bar. Every one has its place, so that nothing moves when they change. */
export function Legend({ bar, live, width }: Props): ReactNode {
  const { legend } = biomeText;
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-1.5 text-sm tabular-nums sm:grid-cols-4 xl:grid-cols-[1.7fr_repeat(6,minmax(0,1fr))]">
      <div className="col-span-3 sm:col-span-2 xl:col-span-1">
        <dt className="text-xs text-muted">
          {legend.time} · {biomeText.widths[width]}
        </dt>
        <dd className="font-medium whitespace-nowrap">
          {bar === undefined ? "–" : momentOf(bar.start)}
          {live && (
            <span className="ml-2 rounded-full bg-raised px-2 py-0.5 text-xs font-normal">
              {biomeText.liveBar}
            </span>
          )}
        </dd>
      </div>
      <Number label={legend.open}>{bar && shownPrice(bar.open)}</Number>
      <Number label={legend.high}>{bar && shownPrice(bar.high)}</Number>
      <Number label={legend.low}>{bar && shownPrice(bar.low)}</Number>
      <Number label={legend.close}>
        {bar && (
          <Direction way={wayOf(bar.close - bar.open).way} signed={false}>
            {shownPrice(bar.close)}
          </Direction>
        )}
      </Number>
      <Number label={legend.volume}>{bar && showMicro(bar.volume)}</Number>
      <Number label={legend.attention}>{bar?.attention.toLocaleString("en")}</Number>
    </dl>
  );
}

function Number({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="font-medium whitespace-nowrap">{children ?? "–"}</dd>
    </div>
  );
}
