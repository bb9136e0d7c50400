/** Trades as CSV (RFC 4180): times in ISO 8601, amounts as the exact decimal strings of the API. */
import type { Order } from "../api/types";

type Column = readonly [name: string, of: (order: Order) => string | number | null];

const COLUMNS: readonly Column[] = [
  ["order_id", (order) => order.order_id],
  ["client_order_id", (order) => order.client_order_id],
  ["placed_at", (order) => order.placed_at],
  ["tick", (order) => order.tick],
  ["biome", (order) => order.biome],
  ["side", (order) => order.side],
  ["status", (order) => order.status],
  ["shares", (order) => order.shares],
  ["price_bdt", (order) => order.price_bdt],
  ["cash_bdt", (order) => order.cash_bdt],
  ["fee_bdt", (order) => order.fee_bdt],
  ["ordered_amount_bdt", (order) => order.ordered.amount_bdt],
  ["ordered_shares", (order) => order.ordered.shares],
  ["max_pay_bdt", (order) => order.ordered.max_pay_bdt],
  ["limit_price_bdt", (order) => order.ordered.limit_price_bdt],
  ["rejection_code", (order) => order.rejection?.code ?? null],
  ["rejection_detail", (order) => order.rejection?.detail ?? null],
];

const LINE_END = "\r\n";

export function csvHeader(): string {
  return COLUMNS.map(([name]) => name).join(",") + LINE_END;
}

export function csvLines(orders: readonly Order[]): string {
  return orders.map((order) => COLUMNS.map(([, of]) => cell(of(order))).join(",") + LINE_END).join("");
}

/**
 * One cell. A spreadsheet takes a cell that begins with one of `= + - @`, a tab or a return for a formula, and a client order id
 * is whatever a program chose: an apostrophe before it makes it text. No amount of a trade is negative, so none is touched.
 */
function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvName(day: Date): string {
  return `biome-market-trades-${day.toISOString().slice(0, 10)}.csv`;
}
