/** What the person can do here: join, or trade and see what is theirs. */
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { useIsStranger } from "../account/me";
import { SessionForm } from "../account/SessionForm";
import { KeysButton } from "../keyboard/KeysButton";
import { marketStore, useMarket } from "../market/store";
import { announce } from "../page/announcements";
import { AccountPanel } from "../portfolio/AccountPanel";
import { OrderList } from "../portfolio/OrderList";
import { useRoute } from "../routing";
import { text, ticketText } from "../strings";
import { outcomeSentence } from "./outcome";
import { forgetPlacing, usePlacing } from "./placing";
import { Sheet } from "./Sheet";
import { changeTicket, closeTicket, dockTicket, useTicket, wantFocus } from "./ticket";
import { TradeTicket } from "./TradeTicket";

/** From this width on there is room for a column: Tailwind's `lg`. */
const WIDE = window.matchMedia("(min-width: 64rem)");

export function Desk({ docked }: { docked: boolean }): ReactNode {
  const { open } = useTicket();
  const inColumn = useWide() && docked;
  const stranger = useIsStranger();
  useBiomeOfRoute();
  useFreshPlacing();
  useUnseenOutcome(inColumn || open);
  useEffect(() => {
    if (inColumn && open) dockTicket();
  }, [inColumn, open]);
  return (
    <>
      {docked && (
        <aside
          aria-label={ticketText.desk}
          className="desk flex min-w-0 flex-col gap-4 empty:hidden lg:sticky lg:top-18"
        >
          {inColumn && <TicketOrForm />}
          <Mine />
          {inColumn && <KeysButton />}
        </aside>
      )}
      {open && !inColumn && (
        <Sheet label={stranger ? text.joinTitle : ticketText.ticket} onClose={closeTicket}>
          <TicketOrForm />
        </Sheet>
      )}
    </>
  );
}

function TicketOrForm(): ReactNode {
  const { draft } = useTicket();
  const player = useMarket((state) => state.player);
  const account = useMarket((state) => state.account);
  const market = useMarket((state) => state.markets.find((each) => each.biome === draft.biome));
  const { note } = usePlacing();
  if (player === null && account === null) return <SessionForm notice={note} onDone={wantFocus} />;
  if (account === null || market === undefined) {
    return (
      <p role="status" className="card min-h-40 p-5 text-muted">
        {market === undefined ? text.waitingForMarket : text.opening}
      </p>
    );
  }
  return <TradeTicket draft={draft} market={market} account={account} />;
}

function Mine(): ReactNode {
  const account = useMarket((state) => state.account);
  if (account === null) return null;
  return (
    <>
      <AccountPanel account={account} />
      <OrderList />
    </>
  );
}

/** The ticket is about the biome that is looked at. */
function useBiomeOfRoute(): void {
  const route = useRoute();
  const biome = route.view === "biome" ? route.biome : null;
  useEffect(() => {
    if (biome !== null) changeTicket({ biome });
  }, [biome]);
}

/** Whoever signs in does not read what came of somebody else's order. */
function useFreshPlacing(): void {
  const player = useMarket((state) => state.player?.id);
  useEffect(() => {
    if (player !== undefined) forgetPlacing();
  }, [player]);
}

/** An order that was sent before the sheet was closed: its outcome is told in the corner. */
function useUnseenOutcome(seen: boolean): void {
  const { followed } = usePlacing();
  const status = useMarket((state) => state.orders.find((each) => each.order_id === followed)?.status);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (followed === null || status === undefined || status === "pending" || told.current === followed)
      return;
    told.current = followed;
    const order = marketStore.read().orders.find((each) => each.order_id === followed);
    if (!seen && order !== undefined) announce(outcomeSentence(order));
  }, [followed, status, seen]);
}

function useWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      WIDE.addEventListener("change", changed);
      return () => WIDE.removeEventListener("change", changed);
    },
    () => WIDE.matches,
  );
}
