import { useMemo, useState, type ReactNode } from "react";
import { readMicro } from "../market/micro";
import { useMarket } from "../market/store";
import { Segments } from "../page/Segments";
import { Failed, Loading } from "../page/states";
import { portfolioText } from "../strings";
import { useWorthHistory, type Hours } from "./queries";
import type { Statement } from "./statement";
import { WorthChart } from "./WorthChart";
import type { WorthPoint } from "./worthPicture";

const RANGES = Object.entries(portfolioText.ranges) as [Hours, string][];
const HOUR_MS = 3_600_000;

/** Net worth over time: the past from the API, its end from the prices of the latest tick. */
export function WorthCard({ player, statement }: { player: string; statement: Statement }): ReactNode {
  const [hours, setHours] = useState<Hours>("1");
  const { data, error, refetch } = useWorthHistory(player, hours);
  const closedAt = useMarket((state) => state.closedAt);
  const past = useMemo(() => (data?.points ?? []).map(pointOf), [data]);
  const points = useMemo(() => withPresent(past, closedAt, statement), [past, closedAt, statement]);
  return (
    <section aria-labelledby="worth" className="card flex min-w-0 flex-col gap-3 p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h3 id="worth" className="text-lg font-semibold">
          {portfolioText.worthOverTime}
        </h3>
        <div className="w-48">
          <Segments
            label={portfolioText.range}
            name="worth-range"
            value={hours}
            options={RANGES}
            onChange={setHours}
          />
        </div>
      </div>
      {error !== null && data === undefined ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading label={portfolioText.loading} className="h-80" />
      ) : (
        <WorthChart points={points} longest={Number(hours) * HOUR_MS} />
      )}
    </section>
  );
}

function pointOf(point: { at: string; net_worth_bdt: string; cash_bdt: string }): WorthPoint {
  return {
    at: Date.parse(point.at),
    netWorth: readMicro(point.net_worth_bdt),
    cash: readMicro(point.cash_bdt),
  };
}

function withPresent(
  past: readonly WorthPoint[],
  closedAt: string | null,
  statement: Statement,
): WorthPoint[] {
  const at = closedAt === null ? 0 : Date.parse(closedAt);
  const newest = past.at(-1)?.at ?? 0;
  if (at <= newest) return [...past];
  return [...past, { at, netWorth: statement.totals.netWorth, cash: statement.cash }];
}
