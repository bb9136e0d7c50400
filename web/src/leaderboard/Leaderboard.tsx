import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useIsStranger } from "../account/me";
import { useMarket } from "../market/store";
import { Segments } from "../page/Segments";
import { Empty, Failed, Loading } from "../page/states";
import { leaderboardText, text } from "../strings";
import { openTicket } from "../trade/ticket";
import { Own, OWN_ID } from "./Own";
import { pageOf, pagesOf } from "./paging";
import { Podium } from "./Podium";
import { useLeaderboard, type By, type Leaderboard as Board } from "./queries";
import { StandingsTable } from "./StandingsTable";

const BYS: readonly (readonly [By, string])[] = [
  ["net_worth", leaderboardText.byNetWorth],
  ["realized_gain", leaderboardText.byRealizedGain],
];
/** Players who stand on the podium of the first page. */
const ON_PODIUM = 3;

export function Leaderboard(): ReactNode {
  const [by, setBy] = useState<By>("net_worth");
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useLeaderboard(by, page);
  const seek = useSeeking(data);
  return (
    <section aria-labelledby="view" className="mx-auto flex w-full max-w-5xl min-w-0 flex-col gap-4 lg:gap-6">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h2 id="view" className="view-title">
            {text.views.leaderboard}
          </h2>
          <p className="mt-1 text-sm text-muted">{leaderboardText.lead}</p>
        </div>
        <div className="w-full sm:w-72">
          <Segments
            label={leaderboardText.by}
            name="leaderboard-by"
            value={by}
            options={BYS}
            onChange={(chosen) => {
              setBy(chosen);
              setPage(1);
            }}
          />
        </div>
      </div>
      {error !== null && <Failed error={error} onRetry={() => void refetch()} />}
      {data !== undefined && <Standings board={data} by={by} page={page} onPage={setPage} onSeek={seek} />}
      {data === undefined && error === null && <Loading label={leaderboardText.loading} className="h-128" />}
    </section>
  );
}

/** What brings the own row before the eyes, as soon as its page is there. */
function useSeeking(board: Board | undefined): () => void {
  const sought = useRef(false);
  const seek = useCallback(() => {
    const row = sought.current ? document.getElementById(OWN_ID) : null;
    if (row === null) return;
    row.scrollIntoView({ block: "center" });
    sought.current = false;
  }, []);
  useEffect(seek, [board, seek]);
  return () => {
    sought.current = true;
    seek();
  };
}

function Standings({
  board,
  by,
  page,
  onPage,
  onSeek,
}: {
  board: Board;
  by: By;
  page: number;
  onPage: (page: number) => void;
  onSeek: () => void;
}): ReactNode {
  const podium = page === 1 ? board.standings.slice(0, ON_PODIUM) : [];
  const rest = page === 1 ? board.standings.slice(ON_PODIUM) : board.standings;
  const own = board.me?.username ?? null;
  return (
    <>
      <Mine
        board={board}
        onShow={(place) => {
          onPage(pageOf(place));
          onSeek();
        }}
      />
      <div className="card flex min-w-0 flex-col gap-4 p-4 sm:p-6">
        <AsOf board={board} />
        {board.players === 0 && <Empty>{leaderboardText.empty}</Empty>}
        {podium.length > 0 && <Podium standings={podium} by={by} own={own} />}
        {rest.length > 0 && <StandingsTable standings={rest} by={by} own={own} />}
        <Pages page={page} pages={pagesOf(board.players)} onPage={onPage} />
      </div>
    </>
  );
}

function Mine({ board, onShow }: { board: Board; onShow: (place: number) => void }): ReactNode {
  const stranger = useIsStranger();
  const signedIn = useMarket((state) => state.account !== null);
  if (board.me !== null) {
    const { place } = board.me;
    return <Own board={board} standing={board.me} onShow={() => onShow(place)} />;
  }
  if (stranger) {
    return (
      <div className="card flex min-h-20 flex-wrap items-center justify-between gap-3 p-4 sm:px-6">
        <p className="text-muted">{leaderboardText.strangers}</p>
        <button type="button" className="button-primary px-6" onClick={() => openTicket({})}>
          {text.signUp}
        </button>
      </div>
    );
  }
  return <p className="card min-h-20 p-6 text-muted">{signedIn ? leaderboardText.notYet : ""}</p>;
}

/** How old it is, by the market's own times: a visitor's wrong clock does not matter. */
function AsOf({ board }: { board: Board }): ReactNode {
  const closedAt = useMarket((state) => state.closedAt);
  const age = closedAt === null ? null : Math.max(0, Date.parse(closedAt) - Date.parse(board.closed_at));
  return (
    <p className="flex min-h-5 flex-wrap gap-x-3 text-sm tabular-nums text-muted">
      <span>{leaderboardText.players(board.players)}</span>
      <span>{leaderboardText.renewed}</span>
      <span>
        {leaderboardText.asOf(board.tick.toLocaleString("en"))}
        {age !== null && `, ${leaderboardText.age((age / 1000).toFixed(1))}`}
      </span>
    </p>
  );
}

function Pages({
  page,
  pages,
  onPage,
}: {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}): ReactNode {
  if (pages <= 1) return null;
  return (
    <nav aria-label={leaderboardText.pages} className="flex items-center justify-center gap-4 text-sm">
      <button
        type="button"
        className="button min-w-24"
        disabled={page <= 1}
        onClick={() => onPage(Math.min(page - 1, pages))}
      >
        <span aria-hidden="true">‹ </span>
        {leaderboardText.previous}
      </button>
      <span className="min-w-24 text-center tabular-nums text-muted">
        {leaderboardText.page(page.toLocaleString("en"), pages.toLocaleString("en"))}
      </span>
      <button
        type="button"
        className="button min-w-24"
        disabled={page >= pages}
        onClick={() => onPage(page + 1)}
      >
        {leaderboardText.next}
        <span aria-hidden="true"> ›</span>
      </button>
    </nav>
  );
}
