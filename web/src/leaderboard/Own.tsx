import type { ReactNode } from "react";
import { leaderboardText } from "../strings";
import { NetWorth, RealizedGain } from "./Amounts";
import type { Leaderboard, Standing } from "./queries";

/** Where the player stands, on whatever page they look. */
export function Own({
  board,
  standing,
  onShow,
}: {
  board: Leaderboard;
  standing: Standing;
  onShow: () => void;
}): ReactNode {
  return (
    <section
      aria-labelledby="own-rank"
      className="card flex min-h-20 flex-wrap items-center gap-x-8 gap-y-3 border-accent/60 p-4 tabular-nums sm:px-6"
    >
      <div>
        <h3 id="own-rank" className="text-xs text-muted">
          {leaderboardText.yourRank}
        </h3>
        <p>
          <b className="text-2xl font-bold" data-testid="own-rank">
            {standing.rank.toLocaleString("en")}
          </b>{" "}
          <span className="text-muted">{leaderboardText.ofPlayers(board.players.toLocaleString("en"))}</span>
        </p>
      </div>
      <dl className="flex flex-1 flex-wrap gap-x-8 gap-y-2">
        <div>
          <dt className="text-xs text-muted">{leaderboardText.netWorth}</dt>
          <dd className="font-semibold">
            <NetWorth standing={standing} />
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">{leaderboardText.realizedGain}</dt>
          <dd className="font-semibold">
            <RealizedGain standing={standing} />
          </dd>
        </div>
      </dl>
      <button type="button" className="button" onClick={onShow}>
        {leaderboardText.showMe}
      </button>
    </section>
  );
}

/** The element of the player's own standing in the list. */
export const OWN_ID = "own-standing";
