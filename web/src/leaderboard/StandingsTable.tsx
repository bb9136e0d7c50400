import type { ReactNode } from "react";
import { leaderboardText } from "../strings";
import { NetWorth, RealizedGain } from "./Amounts";
import { OWN_ID } from "./Own";
import { You } from "./Podium";
import type { By, Standing } from "./queries";

/** Whole digits for which an amount has room: the columns keep their width. */
const ROOM = 5;

export function StandingsTable({
  standings,
  by,
  own,
}: {
  standings: readonly Standing[];
  by: By;
  own: string | null;
}): ReactNode {
  const byWorth = by === "net_worth";
  return (
    <table className="ledger table-fixed sm:table-auto" data-testid="standings">
      <caption className="sr-only">
        {leaderboardText.caption(byWorth ? leaderboardText.byNetWorth : leaderboardText.byRealizedGain)}
      </caption>
      <thead>
        <tr>
          <th scope="col" className="w-12 px-1 sm:px-3">
            {leaderboardText.rank}
          </th>
          <th scope="col" className="words">
            {leaderboardText.name}
          </th>
          <th scope="col" aria-sort="descending" className="w-24 px-1 sm:w-auto sm:px-3">
            {byWorth ? leaderboardText.netWorth : leaderboardText.realizedGain}
          </th>
          <th scope="col" className="hidden sm:table-cell">
            {byWorth ? leaderboardText.realizedGain : leaderboardText.netWorth}
          </th>
        </tr>
      </thead>
      <tbody>
        {standings.map((standing) => (
          <StandingRow
            key={standing.place}
            standing={standing}
            byWorth={byWorth}
            own={standing.username === own}
          />
        ))}
      </tbody>
    </table>
  );
}

/** What they are ranked by stands first; on a phone the other amount is under it. */
function StandingRow({
  standing,
  byWorth,
  own,
}: {
  standing: Standing;
  byWorth: boolean;
  own: boolean;
}): ReactNode {
  const [first, second] = byWorth
    ? [
        <NetWorth key="worth" standing={standing} room={ROOM} />,
        <RealizedGain key="gain" standing={standing} room={ROOM} />,
      ]
    : [
        <RealizedGain key="gain" standing={standing} room={ROOM} />,
        <NetWorth key="worth" standing={standing} room={ROOM} />,
      ];
  return (
    <tr id={own ? OWN_ID : undefined} className={own ? "own" : ""} aria-current={own ? "true" : undefined}>
      <td className="px-1 text-muted sm:px-3">{standing.rank.toLocaleString("en")}</td>
      <th scope="row" className="words">
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium" title={standing.username}>
            {standing.username}
          </span>
          {own && <You />}
        </span>
      </th>
      <td className="px-1 font-semibold sm:px-3">
        {first}
        <span className="block text-xs font-normal sm:hidden">{second}</span>
      </td>
      <td className="hidden sm:table-cell">{second}</td>
    </tr>
  );
}
