import type { ReactNode } from "react";
import { leaderboardText } from "../strings";
import { NetWorth, RealizedGain } from "./Amounts";
import { You } from "./Podium";
import type { By, Standing } from "./queries";

export function StandingsTable({
  standings,
  by,
  own,
}: {
  standings: readonly Standing[];
  by: By;
  own: string | null;
}): ReactNode {
  const ranked = by === "net_worth" ? leaderboardText.byNetWorth : leaderboardText.byRealizedGain;
  return (
    <table className="ledger standings" data-testid="standings">
      <caption className="sr-only">{leaderboardText.caption(ranked)}</caption>
      <thead>
        <tr>
          <th scope="col" className="w-14">
            {leaderboardText.rank}
          </th>
          <th scope="col" className="words">
            {leaderboardText.name}
          </th>
          <th scope="col" aria-sort={by === "net_worth" ? "descending" : undefined}>
            {leaderboardText.netWorth}
          </th>
          <th scope="col" aria-sort={by === "realized_gain" ? "descending" : undefined}>
            {leaderboardText.realizedGain}
          </th>
        </tr>
      </thead>
      <tbody>
        {standings.map((standing) => (
          <tr
            key={standing.place}
            className={standing.username === own ? "own" : ""}
            aria-current={standing.username === own ? "true" : undefined}
          >
            <td className="text-muted">{standing.rank.toLocaleString("en")}</td>
            <th scope="row" className="words">
              <span className="flex min-w-0 items-center gap-2">
                <span className="truncate font-medium" title={standing.username}>
                  {standing.username}
                </span>
                {standing.username === own && <You />}
              </span>
            </th>
            <td className={by === "net_worth" ? "font-semibold" : ""}>
              <NetWorth standing={standing} />
            </td>
            <td className={by === "realized_gain" ? "font-semibold" : ""}>
              <RealizedGain standing={standing} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
