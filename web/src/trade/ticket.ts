/** Which biome the trade ticket is about, and whether it is open: on a phone it is a sheet over the page. */
import type { Biome } from "../api/types";
import { observable, useObservable } from "../market/observable";
import type { Side } from "./draft";

export interface Ticket {
  biome: Biome;
  side: Side;
  open: boolean;
}

const ticket = observable<Ticket>({ biome: "ocean", side: "buy", open: false });

/** Bring the ticket before the person, with the focus in it. */
export function openTicket(terms: { biome?: Biome; side?: Side }): void {
  ticket.set({ ...ticket.read(), ...terms, open: true });
}

/** Change what the ticket is about, where it stands. */
export function changeTicket(terms: { biome?: Biome; side?: Side }): void {
  ticket.set({ ...ticket.read(), ...terms });
}

export function closeTicket(): void {
  ticket.set({ ...ticket.read(), open: false });
}

export function useTicket(): Ticket {
  return useObservable(ticket);
}
