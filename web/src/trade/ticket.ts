/**
 * The one trade ticket: what was typed into it, and whether it is open. It lives outside of the components, so that what was
 * typed is still there when the ticket moves from the column into the sheet, or is closed and opened again.
 */
import { observable, useObservable } from "../market/observable";
import type { Biome } from "../api/types";
import { changed, EMPTY_DRAFT, type Draft, type Side } from "./draft";

export interface Ticket {
  draft: Draft;
  /** It is a sheet over the page now. Where it has a column of its own, it is never open. */
  open: boolean;
  /** The focus should go into it as soon as it stands on the screen. */
  focusWanted: boolean;
}

const ticket = observable<Ticket>({ draft: EMPTY_DRAFT, open: false, focusWanted: false });

/** Bring the ticket before the person, with the focus in it. */
export function openTicket(terms: { biome?: Biome; side?: Side }): void {
  ticket.set({ draft: changed(ticket.read().draft, terms), open: true, focusWanted: true });
}

/** Change what the ticket is about, where it stands. */
export function changeTicket(part: Partial<Draft>): void {
  const { draft, ...rest } = ticket.read();
  ticket.set({ ...rest, draft: changed(draft, part) });
}

/** Take back what was typed. */
export function clearTicket(): void {
  changeTicket({ quantity: "", limit: "" });
}

export function closeTicket(): void {
  ticket.set({ ...ticket.read(), open: false, focusWanted: false });
}

/** The ticket has its place in the page: nothing has to open. */
export function dockTicket(): void {
  ticket.set({ ...ticket.read(), open: false });
}

/** The next part of the desk that appears takes the focus: after signing up, the ticket. */
export function wantFocus(): void {
  ticket.set({ ...ticket.read(), focusWanted: true });
}

export function focusTaken(): void {
  ticket.set({ ...ticket.read(), focusWanted: false });
}

export function readTicket(): Ticket {
  return ticket.read();
}

export function useTicket(): Ticket {
  return useObservable(ticket);
}
