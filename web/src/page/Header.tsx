import type { ReactNode, RefObject } from "react";
import { useIsAdmin, useIsStranger } from "../account/me";
import { logOut } from "../market/session";
import { useMarket } from "../market/store";
import { addressOf, type Route } from "../routing";
import { text } from "../strings";
import { openTicket } from "../trade/ticket";
import { announce } from "./announcements";
import { Heartbeat } from "./Heartbeat";
import { ViewIcon } from "./ViewIcon";
import { sentenceOf } from "./problems";

type View = Route["view"];
type Linked = "floor" | "portfolio" | "leaderboard" | "proof" | "account" | "admin";

const LINKED: readonly Linked[] = ["floor", "portfolio", "leaderboard", "proof"];

export function Header({ view, main }: { view: View; main: RefObject<HTMLElement | null> }): ReactNode {
  const player = useMarket((state) => state.player);
  const stranger = useIsStranger();
  const admin = useIsAdmin();
  const links: readonly Linked[] = admin ? [...LINKED, "admin"] : LINKED;
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-canvas">
      <a
        className="skip"
        href={window.location.hash || "#/"}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {text.skipToContent}
      </a>
      <div className="mx-auto flex max-w-[110rem] items-center gap-x-3 px-4 py-2 sm:gap-x-6 lg:px-6">
        <h1 className="text-lg font-bold">
          <a href="#/" className="flex items-center gap-2.5">
            <img src="/favicon.svg" alt="" width="28" height="28" className="size-7" />
            <span className="sr-only whitespace-nowrap sm:not-sr-only md:sr-only lg:not-sr-only">
              {text.name}
            </span>
          </a>
        </h1>
        <nav aria-label={text.mainNavigation} className="hidden gap-1 text-sm md:flex">
          {links.map((each) => (
            <NavLink key={each} to={each} view={view} className="rounded-lg px-3 py-2" />
          ))}
        </nav>
        <div className="ml-auto">
          <Heartbeat />
        </div>
        {stranger && (
          <button type="button" className="button" onClick={() => openTicket({})}>
            {text.signUp}
          </button>
        )}
        {player !== null && (
          <div className="flex items-center gap-3 text-sm">
            <a
              href={addressOf({ view: "account" })}
              title={text.views.account}
              className="link max-w-20 truncate lg:max-w-40"
            >
              <span className="sr-only">{text.signedInAs} </span>
              <span data-testid="player">{player.username}</span>
            </a>
            <button
              type="button"
              className={`link hidden whitespace-nowrap ${admin ? "xl:inline" : "lg:inline"}`}
              onClick={() => void leave()}
            >
              {text.logOut}
            </button>
          </div>
        )}
      </div>
    </header>
  );
}

/** On a phone the views are at the thumb. */
export function TabBar({ view }: { view: View }): ReactNode {
  const admin = useIsAdmin();
  const links: readonly Linked[] = [...LINKED, "account", ...(admin ? (["admin"] as const) : [])];
  return (
    <nav
      aria-label={text.mainNavigation}
      className="sticky bottom-0 z-20 flex border-t border-line bg-canvas pb-[env(safe-area-inset-bottom)] text-[0.6875rem] md:hidden"
    >
      {links.map((each) => (
        <NavLink
          key={each}
          to={each}
          view={view}
          className="flex flex-auto flex-col items-center gap-0.5 px-0.5 py-2"
          icon={<ViewIcon view={each} />}
        />
      ))}
    </nav>
  );
}

function NavLink({
  to,
  view,
  className,
  icon,
}: {
  to: Linked;
  view: View;
  className: string;
  icon?: ReactNode;
}): ReactNode {
  const here = to === view || (to === "floor" && view === "biome");
  return (
    <a
      href={addressOf({ view: to })}
      aria-current={here ? "page" : undefined}
      className={`${className} ${here ? "font-semibold text-ink nav-here" : "text-muted hover:text-ink"}`}
    >
      {icon}
      {text.views[to]}
    </a>
  );
}

export async function leave(): Promise<void> {
  const answer = await logOut();
  if (!answer.ok) announce(sentenceOf(answer.problem));
}
