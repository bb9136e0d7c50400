import { describe, expect, test } from "vitest";
import type { Account, Market, Markets, Order, Snapshot } from "../api/types";
import { BIOMES } from "./biomes";
import {
  INITIAL,
  KEPT_HASHES,
  KEPT_ORDERS,
  TRAIL_TICKS,
  reduce,
  type MarketEvent,
  type MarketState,
} from "./state";

const ALICE = { id: "alice-id", username: "alice" };
const BOB = { id: "bob-id", username: "bob" };

function timeOf(tick: number): string {
  return new Date(Date.UTC(2026, 0, 1) + tick * 500).toISOString();
}

function market(biome: Market["biome"], price: number): Market {
  return {
    biome,
    price_bdt: `${price}.00`,
    market_cash_bdt: `${price * 10_000}.00`,
    total_shares: "10000.00",
    attention: price % 7,
    change_24h_pct: null,
    halted: false,
  };
}

function marketsAt(tick: number, price = 100 + (tick % 5)): Markets {
  return {
    tick,
    closed_at: timeOf(tick),
    markets: BIOMES.map((biome, index) => market(biome, price + index)),
  };
}

function orderOf(id: number, outcome: Partial<Order> = {}): Order {
  return {
    order_id: `order-${String(id).padStart(4, "0")}`,
    client_order_id: null,
    biome: "snow",
    side: "buy",
    status: "pending",
    tick: null,
    shares: null,
    price_bdt: null,
    cash_bdt: null,
    fee_bdt: null,
    rejection: null,
    placed_at: timeOf(id),
    ordered: { amount_bdt: "1.00", shares: null, max_pay_bdt: null, limit_price_bdt: null },
    ...outcome,
  };
}

function accountAt(tick: number, cash: string): Account {
  return { tick, cash_bdt: cash, holdings: [], frozen: false };
}

function snapshotAt(tick: number, own: Partial<Snapshot> = {}): Snapshot {
  return {
    ...marketsAt(tick),
    hash: "",
    account: null,
    orders: [],
    resumed: null,
    missed_from: null,
    ...own,
  };
}

function after(events: readonly MarketEvent[], state: MarketState = INITIAL): MarketState {
  return events.reduce(reduce, state);
}

/** What a snapshot tells; trails and moves are the page's own memory of what it has seen. */
function told({ tick, closedAt, markets, player, account, orders }: MarketState): object {
  return { tick, closedAt, markets, player, account, orders };
}

/** A small generator (Lehmer), so that a failure can be run again from its seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** What a market would tell a player over some ticks: the events, and the snapshot at each tick. */
function history(seed: number, ticks: number): { events: MarketEvent[][]; snapshots: Snapshot[] } {
  const random = randomNumbers(seed);
  const orders = new Map<string, Order>();
  let account = accountAt(1, "10000.00");
  const events: MarketEvent[][] = [];
  const snapshots: Snapshot[] = [];
  for (let tick = 1; tick <= ticks; tick += 1) {
    const published: MarketEvent[] = [];
    const publish = (order: Order): void => {
      orders.set(order.order_id, order);
      published.push({ type: "order", order });
    };
    for (const order of orders.values()) {
      if (order.status !== "pending") continue;
      const rejection = { code: "LIMIT_NOT_MET" as const, detail: "Worse." };
      if (random(2) === 0) publish({ ...order, status: "filled", tick, shares: "1.00", price_bdt: "100.00" });
      else publish({ ...order, status: "rejected", tick, rejection });
    }
    if (random(3) === 0) publish(orderOf(tick));
    if (random(3) === 0) {
      account = accountAt(tick, `${random(10_000)}.00`);
      published.push({ type: "account", account });
    }
    published.push({ type: "tick", markets: marketsAt(tick, 100 + random(9)), at: tick });
    const { markets } = published.at(-1) as { markets: Markets };
    events.push(published);
    const newestFirst = [...orders.values()].toReversed();
    snapshots.push({ ...markets, hash: "", account, orders: newestFirst, resumed: null, missed_from: null });
  }
  return { events, snapshots };
}

describe("an old snapshot and the events since give what a fresh snapshot gives", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("whichever tick it begins at (seed %i)", (seed) => {
    const ticks = 40;
    const { events, snapshots } = history(seed, ticks);
    const fresh = after([{ type: "snapshot", snapshot: snapshots[ticks - 1] as Snapshot, at: 0 }]);
    for (let start = 0; start < ticks; start += 1) {
      const old: MarketEvent = { type: "snapshot", snapshot: snapshots[start] as Snapshot, at: 0 };
      expect(told(after([old, ...events.slice(start + 1).flat()]))).toEqual(told(fresh));
    }
  });

  test.each([11, 12, 13, 14])(
    "when events before it are told again, as after a reconnect (seed %i)",
    (seed) => {
      const ticks = 40;
      const { events, snapshots } = history(seed, ticks);
      const fresh = after([{ type: "snapshot", snapshot: snapshots[ticks - 1] as Snapshot, at: 0 }]);
      const repeated: MarketEvent[] = [
        { type: "snapshot", snapshot: snapshots[10] as Snapshot, at: 0 },
        ...events.slice(11, 30).flat(),
        { type: "snapshot", snapshot: snapshots[20] as Snapshot, at: 0 },
        ...events.slice(5).flat(),
        ...events.slice(30).flat(),
      ];
      expect(told(after(repeated))).toEqual(told(fresh));
    },
  );
});

describe("nothing older than what was told is shown again", () => {
  test("a late tick changes nothing", () => {
    const state = after([{ type: "tick", markets: marketsAt(9), at: 1 }]);
    expect(reduce(state, { type: "tick", markets: marketsAt(8), at: 2 })).toBe(state);
    expect(reduce(state, { type: "tick", markets: marketsAt(9), at: 2 })).toBe(state);
  });

  test("a snapshot of a replica that lags keeps the newer prices and the newer cash", () => {
    const ahead = after([
      { type: "snapshot", snapshot: snapshotAt(5, { account: accountAt(5, "80.00") }), at: 0 },
      { type: "tick", markets: marketsAt(9), at: 1 },
      { type: "account", account: accountAt(9, "70.00") },
    ]);
    const lagging = snapshotAt(7, { account: accountAt(7, "90.00") });
    const state = reduce(ahead, { type: "snapshot", snapshot: lagging, at: 2 });
    expect(state.tick).toBe(9);
    expect(state.account?.cash_bdt).toBe("70.00");
  });

  test("an outcome that arrives before the answer to the order stays", () => {
    const filled = orderOf(1, { status: "filled", tick: 4 });
    const state = after([
      { type: "order", order: filled },
      { type: "order", order: orderOf(1) },
    ]);
    expect(state.orders).toEqual([filled]);
  });

  test("a market that began anew replaces everything", () => {
    const state = after([
      {
        type: "snapshot",
        snapshot: snapshotAt(500, { account: accountAt(500, "1.00"), orders: [orderOf(1)] }),
        at: 0,
      },
      { type: "snapshot", snapshot: { ...snapshotAt(2), closed_at: timeOf(900) }, at: 1 },
    ]);
    expect(state.tick).toBe(2);
    expect(state.player).toBeNull();
    expect(state.orders).toEqual([]);
    expect(state.trails.snow).toHaveLength(1);
  });
});

describe("whose state it is", () => {
  const own = { account: accountAt(5, "1.00"), orders: [orderOf(1)] };
  const asAlice: MarketEvent[] = [
    { type: "snapshot", snapshot: snapshotAt(5, own), at: 0 },
    { type: "signed-in", player: ALICE },
  ];

  test("learning the name of the player whose account is shown keeps the account", () => {
    const state = after(asAlice);
    expect([state.player, state.account, state.orders]).toEqual([ALICE, own.account, own.orders]);
  });

  test("signing out takes cash and orders off the screen at once, and leaves the markets", () => {
    const state = after([...asAlice, { type: "signed-out" }]);
    expect([state.player, state.account, state.orders]).toEqual([null, null, []]);
    expect(state.markets).toHaveLength(7);
  });

  test("another player's sign-in leaves nothing of the one before", () => {
    const state = after([...asAlice, { type: "signed-in", player: BOB }]);
    expect([state.player, state.account, state.orders]).toEqual([BOB, null, []]);
  });

  test("a snapshot without an account, where there was one, ends the session on the page", () => {
    const state = after([...asAlice, { type: "snapshot", snapshot: snapshotAt(6), at: 1 }]);
    expect([state.player, state.account, state.orders]).toEqual([null, null, []]);
  });

  test("a player whose account is not open yet stays signed in", () => {
    const state = after([
      { type: "signed-in", player: ALICE },
      { type: "snapshot", snapshot: snapshotAt(6), at: 1 },
    ]);
    expect(state.player).toEqual(ALICE);
  });
});

describe("what the page remembers by itself", () => {
  test("a price's latest change stays until the next one", () => {
    const state = after([
      { type: "tick", markets: marketsAt(1, 100), at: 1 },
      { type: "tick", markets: marketsAt(2, 103), at: 2 },
      { type: "tick", markets: marketsAt(3, 103), at: 3 },
    ]);
    expect(state.moves.ocean).toEqual({ from: "100.00", to: "103.00" });
  });

  test("trails and orders are bounded, so a page that is left open does not grow", () => {
    const ticks = Array.from({ length: TRAIL_TICKS + 60 }, (_, n): MarketEvent => ({
      type: "tick",
      markets: marketsAt(n + 1),
      at: n,
    }));
    const orders = Array.from({ length: KEPT_ORDERS + 30 }, (_, n): MarketEvent => ({
      type: "order",
      order: orderOf(n + 1),
    }));
    const state = after([...ticks, ...orders]);
    expect(state.trails.forest).toHaveLength(TRAIL_TICKS);
    expect(state.orders).toHaveLength(KEPT_ORDERS);
    expect(state.orders[0]?.order_id).toBe("order-0080");
  });

  test("the age counts from the moment the tick number last advanced, whatever else arrives", () => {
    const state = after([
      { type: "tick", markets: marketsAt(1), at: 100 },
      { type: "disconnected" },
      { type: "connected" },
      { type: "snapshot", snapshot: snapshotAt(1), at: 9_000 },
    ]);
    expect(state.advancedAt).toBe(100);
    expect(state.connection).toBe("live");
  });
});

describe("hashes of ticks", () => {
  test("are kept as the stream told them, the last half minute of them, each once", () => {
    const events = Array.from({ length: KEPT_HASHES + 5 }, (_, index) => index + 1).flatMap((tick) => {
      const event = {
        type: "tick" as const,
        markets: { ...marketsAt(tick), hash: `hash-${tick}` },
        at: tick,
      };
      return [event, event];
    });
    const { hashes } = after(events);
    expect(hashes).toHaveLength(KEPT_HASHES);
    expect(hashes.at(-1)).toEqual({ tick: KEPT_HASHES + 5, hash: `hash-${KEPT_HASHES + 5}` });
  });

  test("are forgotten when the market began anew", () => {
    const old = after([{ type: "snapshot", snapshot: { ...snapshotAt(90), hash: "old" }, at: 0 }]);
    const anew = { ...snapshotAt(1), closed_at: timeOf(99), hash: "new" };
    expect(after([{ type: "snapshot", snapshot: anew, at: 1 }], old).hashes).toEqual([
      { tick: 1, hash: "new" },
    ]);
  });
});
