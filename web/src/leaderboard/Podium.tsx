import type { ReactNode } from "react";
import { leaderboardText } from "../strings";
import { NetWorth, RealizedGain } from "./Amounts";
import { OWN_ID } from "./Own";
import type { By, Standing } from "./queries";

/** Second, first, third from left to right, as on a real one; in the order of the page, and so of screen readers, the first is first. */
const COLUMNS = ["order-2", "order-1", "order-3"] as const;
const STEPS = ["h-24 sm:h-32", "h-16 sm:h-22", "h-11 sm:h-14"] as const;

export function Podium({
  standings,
  by,
  own,
}: {
  standings: readonly Standing[];
  by: By;
  own: string | null;
}): ReactNode {
  return (
    <ol aria-label={leaderboardText.podium} className="podium">
      {standings.map((standing, index) => (
        <li
          key={standing.place}
          id={own === standing.username ? OWN_ID : undefined}
          className={`medal-${medalOf(standing) + 1} flex min-w-0 flex-col items-center text-center ${COLUMNS[index] ?? ""}`}
        >
          <div className="relative">
            <Medal index={medalOf(standing)} />
            {own === standing.username && (
              <span className="absolute inset-x-0 top-0">
                <You />
              </span>
            )}
          </div>
          <p className="mt-1 max-w-full truncate font-semibold" title={standing.username}>
            {standing.username}
          </p>
          <p className={by === "net_worth" ? "font-semibold" : "text-xs text-muted"}>
            <NetWorth standing={standing} />
          </p>
          <p className={by === "realized_gain" ? "font-semibold" : "text-xs"}>
            <RealizedGain standing={standing} />
          </p>
          <div
            aria-hidden="true"
            className={`step mt-2 grid w-full place-items-center text-2xl font-bold sm:text-4xl ${STEPS[index] ?? ""}`}
          >
            {standing.rank}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Of equals, each has the same one. */
function medalOf({ rank }: Standing): number {
  return Math.min(rank, STEPS.length) - 1;
}

function Medal({ index }: { index: number }): ReactNode {
  return (
    <>
      <svg viewBox="0 0 48 56" aria-hidden="true" className={index === 0 ? "h-16 sm:h-20" : "h-12 sm:h-14"}>
        <path d="M12 0h10l6 20H18zM36 0H26l-6 20h10z" fill="var(--accent)" opacity=".8" />
        <circle cx="24" cy="36" r="18" fill="var(--medal)" />
        <circle cx="24" cy="36" r="13" fill="none" stroke="#fff" strokeWidth="1.5" opacity=".7" />
        {index === 0 ? (
          <path
            d="m24 27 2.700 5.700 6.300.8-4.600 4.300 1.200 6.200-5.600-3.100-5.600 3.100 1.200-6.200-4.600-4.300 6.300-.8z"
            fill="#fff"
          />
        ) : (
          <path
            d={index === 1 ? "M20 30v12m8-12v12" : "M17 30v12m7-12v12m7-12v12"}
            stroke="#fff"
            strokeWidth="3"
            strokeLinecap="round"
          />
        )}
      </svg>
      <span className="sr-only">{leaderboardText.medals[index]}</span>
    </>
  );
}

export function You(): ReactNode {
  return (
    <span className="rounded-full bg-accent px-2 py-0.5 text-xs font-semibold text-accent-ink">
      {leaderboardText.you}
    </span>
  );
}
