/**
 * What the page knows, and how each event changes it. Pure: no clock, no network, no React.
 *
 * The rule that everything here serves: an old snapshot and the events since give what a fresh snapshot gives, in
 * whatever doubling or delay the events come. Nothing older than what was already told is ever shown again.
 */
import type { Account, Biome, Market, Markets, Order, Player, Snapshot } from "../api/types";
import { readMicro } from "./micro";

/** Ticks that a sparkline shows: 240 of half a second are two minutes. */
export const TRAIL_TICKS = 240;
/** Own orders that are kept, newest first: a page of them. */
export const KEPT_ORDERS = 50;

/** Hashes of ticks that are kept: half a minute, for whoever checks the ticks against what the stream told. */
export const KEPT_HASHES = 60;

export type Connection = "connecting" | "live" | "reconnecting";

/** One tick of one biome, as far as a picture needs it. */
export interface TrailPoint {
  tick: number;
  /** BDT a share as a float: for the height of a line, never for money. */
  price: number;
  attention: number;
}

/** What the stream told of one tick: the SHA-256 of its body. */
export interface ToldHash {
  tick: number;
  hash: string;
}

/** The latest change of a price: from what to what. */
export interface Move {
  from: string;
  to: string;
}

export interface MarketState {
  connection: Connection;
  tick: number | null;
  closedAt: string | null;
  /** Local milliseconds at which the tick number last advanced: the age that is shown counts from here, so that a
   * visitor's wrong clock does not matter. */
  advancedAt: number | null;
  markets: readonly Market[];
  trails: Readonly<Partial<Record<Biome, readonly TrailPoint[]>>>;
  moves: Readonly<Partial<Record<Biome, Move>>>;
  hashes: readonly ToldHash[];
  /** Who is signed in, once that is known: the stream tells an account, not a name. */
  player: Player | null;
  account: Account | null;
  orders: readonly Order[];
}

/** The markets after a tick; the stream tells its hash beside them. */
type Told = Markets & { hash?: string };

export type MarketEvent =
  | { type: "snapshot"; snapshot: Snapshot; at: number }
  | { type: "tick"; markets: Told; at: number }
  | { type: "order"; order: Order }
  | { type: "account"; account: Account }
  | { type: "connected" }
  | { type: "disconnected" }
  | { type: "signed-in"; player: Player }
  | { type: "signed-out" };

export const INITIAL: MarketState = {
  connection: "connecting",
  tick: null,
  closedAt: null,
  advancedAt: null,
  markets: [],
  trails: {},
  moves: {},
  hashes: [],
  player: null,
  account: null,
  orders: [],
};

export function reduce(state: MarketState, event: MarketEvent): MarketState {
  switch (event.type) {
    case "snapshot":
      return withSnapshot(state, event.snapshot, event.at);
    case "tick":
      return withMarkets(state, event.markets, event.at);
    case "order":
      return { ...state, orders: mergeOrders(state.orders, [event.order]) };
    case "account":
      return { ...state, account: newer(state.account, event.account) };
    case "connected":
      return { ...state, connection: "live" };
    case "disconnected":
      return { ...state, connection: "reconnecting" };
    case "signed-in":
      return state.player !== null && state.player.id !== event.player.id
        ? { ...withoutPlayer(state), player: event.player }
        : { ...state, player: event.player };
    case "signed-out":
      return withoutPlayer(state);
  }
}

function withSnapshot(state: MarketState, snapshot: Snapshot, at: number): MarketState {
  const fresh = isNewMarket(state, snapshot) ? { ...INITIAL, connection: state.connection } : state;
  // A stream that carried an account and now does not: the session has ended.
  const kept = fresh.account !== null && snapshot.account == null ? withoutPlayer(fresh) : fresh;
  const known = withMarkets(kept, snapshot, at);
  return {
    ...known,
    account: snapshot.account == null ? known.account : newer(known.account, snapshot.account),
    orders: mergeOrders(known.orders, snapshot.orders),
  };
}

/** A player's cash and orders must not stay on the screen for a moment longer than the session. */
function withoutPlayer(state: MarketState): MarketState {
  return { ...state, player: null, account: null, orders: [] };
}

/** An earlier tick that closed later: the market began anew (a wiped installation), and all that was told is void. */
function isNewMarket(state: MarketState, told: { tick: number; closed_at: string }): boolean {
  return (
    state.tick !== null &&
    state.closedAt !== null &&
    told.tick < state.tick &&
    Date.parse(told.closed_at) > Date.parse(state.closedAt)
  );
}

function withMarkets(state: MarketState, told: Told, at: number): MarketState {
  if (state.tick !== null && told.tick <= state.tick) return state;
  const trails = { ...state.trails };
  const moves = { ...state.moves };
  const before = new Map(state.markets.map((market) => [market.biome, market.price_bdt]));
  for (const { biome, price_bdt, attention } of told.markets) {
    const point = { tick: told.tick, price: Number(price_bdt), attention };
    trails[biome] = [...(trails[biome] ?? []), point].slice(-TRAIL_TICKS);
    const from = before.get(biome);
    if (from !== undefined && readMicro(from) !== readMicro(price_bdt))
      moves[biome] = { from, to: price_bdt };
  }
  return {
    ...state,
    tick: told.tick,
    closedAt: told.closed_at,
    advancedAt: at,
    markets: told.markets,
    trails,
    moves,
    hashes:
      told.hash === undefined
        ? state.hashes
        : [...state.hashes, { tick: told.tick, hash: told.hash }].slice(-KEPT_HASHES),
  };
}

function newer(held: Account | null, told: Account): Account {
  return held !== null && told.tick < held.tick ? held : told;
}

/** One row an order, newest first. An outcome is final: a pending copy that arrives after it changes nothing. */
function mergeOrders(held: readonly Order[], told: readonly Order[]): readonly Order[] {
  const byId = new Map(held.map((order) => [order.order_id, order]));
  for (const order of told) {
    const known = byId.get(order.order_id);
    if (known === undefined || known.status === "pending") byId.set(order.order_id, order);
  }
  return [...byId.values()].toSorted(newestFirst).slice(0, KEPT_ORDERS);
}

function newestFirst(a: Order, b: Order): number {
  const byTime = Date.parse(b.placed_at) - Date.parse(a.placed_at);
  return byTime !== 0 ? byTime : a.order_id < b.order_id ? 1 : -1;
}
