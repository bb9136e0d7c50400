import { describe, expect, test } from "vitest";
import type { Order } from "../api/types";
import { csvHeader, csvLines, csvName } from "./csv";
import { exportTrades } from "./csvExport";
import { matches, NO_FILTER, queryOf } from "./tradeFilter";
import { mayMiss, mergedTrades, type TradePage } from "./trades";

function trade(tick: number, more: Partial<Order> = {}): Order {
  return {
    order_id: `order-${tick}`,
    client_order_id: null,
    biome: "snow",
    side: "buy",
    status: "filled",
    tick,
    shares: "1.00",
    price_bdt: "100.25",
    cash_bdt: "100.25",
    fee_bdt: "2.005",
    rejection: null,
    placed_at: new Date(Date.UTC(2026, 0, 31, 12) + tick * 500).toISOString(),
    ordered: { amount_bdt: "100.25", shares: null, max_pay_bdt: null, limit_price_bdt: null },
    ...more,
  };
}

const ALL = queryOf(NO_FILTER);
const PAGES: TradePage[] = [
  { items: [trade(9), trade(7)], next: "7.0" },
  { items: [trade(4)], next: null },
];

function idsOf(orders: readonly Order[]): string[] {
  return orders.map((order) => order.order_id);
}

describe("the list of trades", () => {
  test("has the stream's newer fills above the pages, each order once", () => {
    const live = [trade(12), trade(9), trade(11)];
    expect(idsOf(mergedTrades(PAGES, live, ALL))).toEqual([
      "order-12",
      "order-11",
      "order-9",
      "order-7",
      "order-4",
    ]);
  });

  test("leaves out what is pending, and what belongs on a page that is not loaded", () => {
    const live = [trade(13, { status: "pending", tick: null }), trade(2)];
    expect(idsOf(mergedTrades(PAGES, live, ALL))).toEqual(["order-9", "order-7", "order-4"]);
  });

  test("has only fills that match the filter", () => {
    const live = [trade(12, { side: "sell" }), trade(11)];
    const sales = mergedTrades([{ items: [], next: null }], live, queryOf({ ...NO_FILTER, side: "sell" }));
    expect(idsOf(sales)).toEqual(["order-12"]);
  });

  test("is asked for again when more came than the stream's list holds", () => {
    expect(mayMiss(PAGES, [trade(12), trade(11)], 2)).toBe(true);
    expect(mayMiss(PAGES, [trade(12), trade(9)], 2)).toBe(false);
    expect(mayMiss(PAGES, [trade(12)], 2)).toBe(false);
  });
});

describe("a filter", () => {
  test("takes whole days of the visitor's calendar, both included", () => {
    const query = queryOf({ ...NO_FILTER, since: "2026-01-31", until: "2026-01-31" });
    expect(query.since).toBe(new Date(2026, 0, 31).toISOString());
    expect(query.until).toBe(new Date(2026, 1, 1).toISOString());
  });

  test.each(["", "0002-01-01", "2026-1-1", "soon"])("takes %j for no day", (since) => {
    expect(queryOf({ ...NO_FILTER, since }).since).toBeNull();
  });

  test("matches as the API does: from the first moment on, and before the last", () => {
    const query = { ...ALL, since: trade(5).placed_at, until: trade(7).placed_at };
    expect([4, 5, 6, 7].filter((tick) => matches(trade(tick), query))).toEqual([5, 6]);
  });

  test("matches by biome, side and status", () => {
    expect(matches(trade(1), { ...ALL, biome: "ocean" })).toBe(false);
    expect(matches(trade(1), { ...ALL, side: "sell" })).toBe(false);
    expect(matches(trade(1), { ...ALL, status: "rejected" })).toBe(false);
    expect(matches(trade(1), { ...ALL, biome: "snow", side: "buy", status: "filled" })).toBe(true);
  });
});

describe("CSV", () => {
  test("has a cell for each column, and exact amounts", () => {
    const columns = csvHeader().trimEnd().split(",");
    const cells = csvLines([trade(8)])
      .trimEnd()
      .split(",");
    expect(cells).toHaveLength(columns.length);
    expect(cells[columns.indexOf("fee_bdt")]).toBe("2.005");
    expect(cells[columns.indexOf("placed_at")]).toBe("2026-01-31T12:00:04.000Z");
    expect(cells[columns.indexOf("limit_price_bdt")]).toBe("");
  });

  test("quotes what would break a line or a cell", () => {
    const line = csvLines([trade(8, { client_order_id: 'a "b", c\nd' })]);
    expect(line.startsWith('order-8,"a ""b"", c\nd",2026')).toBe(true);
    expect(line.endsWith("\r\n")).toBe(true);
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
    "makes text of %j, which a spreadsheet would compute",
    (client_order_id) => {
      const line = csvLines([trade(8, { client_order_id })]);
      expect(line.startsWith(`order-8,"'${client_order_id}",2026`)).toBe(true);
    },
  );

  test("says why an order was rejected", () => {
    const rejected = trade(8, {
      status: "rejected",
      rejection: { code: "LIMIT_NOT_MET", detail: "The price, 101, is above the limit." },
    });
    expect(csvLines([rejected])).toContain('LIMIT_NOT_MET,"The price, 101, is above the limit."');
  });

  test("is named by its day", () => {
    expect(csvName(new Date("2026-01-31T23:00:00Z"))).toBe("biome-market-trades-2026-01-31.csv");
  });
});

function wait(): Promise<void> {
  return Promise.resolve();
}

describe("an export", () => {
  const signal = new AbortController().signal;

  test("walks all pages and tells how far it is", async () => {
    const asked: (string | null)[] = [];
    const told: number[] = [];
    const exported = await exportTrades({
      ask: (after) => {
        asked.push(after);
        return Promise.resolve({
          ok: true,
          body: PAGES[after === null ? 0 : 1] ?? { items: [], next: null },
        });
      },
      signal,
      onProgress: (trades) => told.push(trades),
    });
    expect(asked).toEqual([null, "7.0"]);
    expect(told).toEqual([2, 3]);
    expect(exported).toEqual({
      ok: true,
      trades: 3,
      parts: [csvHeader(), csvLines([trade(9), trade(7)]), csvLines([trade(4)])],
    });
  });

  test("waits when too much was asked, and goes on where it was", async () => {
    let tries = 0;
    const exported = await exportTrades({
      ask: () => {
        tries += 1;
        return Promise.resolve(
          tries < 3
            ? { ok: false, problem: { code: "TOO_MANY_REQUESTS", detail: "" } }
            : { ok: true, body: { items: [trade(1)], next: null } },
        );
      },
      signal,
      onProgress: () => undefined,
      wait,
    });
    expect([exported.ok, tries]).toEqual([true, 3]);
  });

  test("gives up with the problem when it does not pass", async () => {
    const problem = { code: "NOT_SIGNED_IN", detail: "Sign in first." };
    const ask = (): Promise<{ ok: false; problem: typeof problem }> =>
      Promise.resolve({ ok: false, problem });
    expect(await exportTrades({ ask, signal, onProgress: () => undefined, wait })).toEqual({
      ok: false,
      problem,
    });
  });

  test("ends without a file when it is cancelled", async () => {
    const controller = new AbortController();
    const exported = await exportTrades({
      ask: () => {
        controller.abort();
        return Promise.resolve({ ok: true, body: { items: [trade(9)], next: "9.0" } });
      },
      signal: controller.signal,
      onProgress: () => undefined,
    });
    expect(exported).toEqual({ ok: false, problem: null });
  });
});
