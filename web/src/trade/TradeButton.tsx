import type { ReactNode } from "react";
import type { Route } from "../routing";
import { ticketText } from "../strings";
import { openTicket } from "./ticket";

const SHOWN_IN: ReadonlySet<Route["view"]> = new Set(["floor", "biome", "portfolio", "leaderboard"]);

/** Where the ticket has no column of its own, it is one press away. It floats over the page, and at the page's end it has
 * its own place, so that it never covers anything. */
export function TradeButton({ view }: { view: Route["view"] }): ReactNode {
  if (!SHOWN_IN.has(view)) return null;
  return (
    <button type="button" className="trade-button" onClick={() => openTicket({})}>
      <svg viewBox="0 0 20 20" className="size-5" aria-hidden="true">
        <path
          d="M4 7.5h11m-3.5-4 4 4-4 4M16 13H5m3.5 4-4-4 4-4"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {ticketText.openTicket}
    </button>
  );
}
