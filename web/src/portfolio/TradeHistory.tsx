import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { Order } from "../api/types";
import { KEPT_ORDERS } from "../market/state";
import { useMarket } from "../market/store";
import { Empty, Failed, Loading } from "../page/states";
import { portfolioText } from "../strings";
import { ExportButton } from "./ExportButton";
import { useTrades } from "./queries";
import { TradeFilterForm } from "./TradeFilterForm";
import { NO_FILTER, queryOf, type TradeFilter } from "./tradeFilter";
import { mayMiss, mergedTrades } from "./trades";
import { TradeCards, TradeTable } from "./TradeTable";
import { useNarrow } from "./useNarrow";

/** Every decided order, newest first: pages from the API, and what the stream tells on top of them. */
export function TradeHistory({ player }: { player: string }): ReactNode {
  const [filter, setFilter] = useState<TradeFilter>(NO_FILTER);
  const query = useMemo(() => queryOf(filter), [filter]);
  return (
    <section aria-labelledby="trades" className="card flex min-w-0 flex-col gap-4 p-4 sm:p-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <h3 id="trades" className="text-lg font-semibold">
          {portfolioText.trades}
        </h3>
        <ExportButton query={query} />
      </div>
      <TradeFilterForm filter={filter} onChange={setFilter} />
      <Trades player={player} query={query} filtered={filter !== NO_FILTER} />
    </section>
  );
}

function Trades({
  player,
  query,
  filtered,
}: {
  player: string;
  query: ReturnType<typeof queryOf>;
  filtered: boolean;
}): ReactNode {
  const narrow = useNarrow();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useTrades(player, query);
  const live = useMarket((state) => state.orders);
  const trades = useMemo(() => mergedTrades(data?.pages ?? [], live, query), [data, live, query]);
  const missed = data !== undefined && mayMiss(data.pages, live, KEPT_ORDERS);
  useEffect(() => {
    if (missed) void refetch();
  }, [missed, refetch]);
  if (data === undefined) {
    if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />;
    return <Loading label={portfolioText.loadingTrades} className="h-64" />;
  }
  if (trades.length === 0)
    return <Empty>{filtered ? portfolioText.noMatches : portfolioText.noTrades}</Empty>;
  return (
    <>
      {narrow ? <TradeCards trades={trades} /> : <TradeTable trades={trades} />}
      {error !== null && <Failed error={error} onRetry={() => void fetchNextPage()} />}
      <Below
        trades={trades}
        more={hasNextPage}
        loading={isFetchingNextPage}
        onMore={() => void fetchNextPage()}
      />
    </>
  );
}

function Below({
  trades,
  more,
  loading,
  onMore,
}: {
  trades: readonly Order[];
  more: boolean;
  loading: boolean;
  onMore: () => void;
}): ReactNode {
  if (!more) {
    return (
      <p className="text-center text-sm text-muted">
        {portfolioText.allLoaded(portfolioText.countOfTrades(trades.length))}
      </p>
    );
  }
  return (
    <button type="button" className="button self-center px-8" disabled={loading} onClick={onMore}>
      {loading ? portfolioText.loadingTrades : portfolioText.loadMore}
    </button>
  );
}
