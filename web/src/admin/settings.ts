/** The market's settings as a form: how each is written for people, and what a filled-in form changes. */
import type { components } from "../api/schema";
import { parseMicro, writeMicro } from "../market/micro";

export type Settings = components["schemas"]["Settings"];
export type SettingsChange = components["schemas"]["SettingsChange"];
export type Name = Exclude<keyof Settings, "attention_shards">;
/** What a number counts. Per cents are kept as hundredths of a per cent. */
export type Unit = "percent" | "bdt" | "ms" | "ticks" | "orders" | "version";

export interface Field {
  name: Name;
  unit: Unit;
  least: number;
  most: number;
}

export const FIELDS: readonly Field[] = [
  { name: "pool_bp", unit: "percent", least: 0, most: 10_000 },
  { name: "floor_cash_bdt", unit: "bdt", least: 0, most: 0 },
  { name: "fee_bp", unit: "percent", least: 0, most: 5_000 },
  { name: "largest_order_bp", unit: "percent", least: 0, most: 10_000 },
  { name: "smallest_buy_bdt", unit: "bdt", least: 0, most: 0 },
  { name: "smallest_price_bdt", unit: "bdt", least: 0, most: 0 },
  { name: "orders_per_minute", unit: "orders", least: 1, most: 60 },
  { name: "minimum_hold_ticks", unit: "ticks", least: 0, most: 10_000_000 },
  { name: "deadline_ms", unit: "ms", least: 1_000, most: 10_000 },
  { name: "window_ms", unit: "ms", least: 100, most: 60_000 },
  { name: "attention_stale_ms", unit: "ms", least: 500, most: 3_600_000 },
  { name: "rules", unit: "version", least: 1, most: 1_000 },
];

export type Draft = Readonly<Partial<Record<Name, string>>>;

export interface Difference {
  field: Field;
  from: string;
  to: string;
}

export interface Filled {
  change: SettingsChange;
  differences: readonly Difference[];
  faults: readonly Field[];
}

/** A setting as it stands in the form. */
export function written(field: Field, settings: Settings): string {
  const value = settings[field.name];
  if (field.unit !== "percent") return String(value);
  const hundredths = Number(value);
  return (hundredths / 100).toFixed(2).replace(/\.?0+$/, "");
}

/** Only what differs from the settings in force: the others stay. */
export function readForm(draft: Draft, inForce: Settings): Filled {
  const filled = FIELDS.flatMap((field) => {
    const from = written(field, inForce);
    const to = (draft[field.name] ?? from).trim();
    const value = read(field, to);
    if (value !== null && value === read(field, from)) return [];
    return [{ field, from, to, value }];
  });
  const sound = filled.filter((each) => each.value !== null);
  return {
    change: Object.fromEntries(sound.map(({ field, value }) => [field.name, value])),
    differences: sound.map(({ field, from, to }) => ({ field, from, to })),
    faults: filled.filter((each) => each.value === null).map((each) => each.field),
  };
}

/** As the API takes it; null when it is no such value. */
function read(field: Field, text: string): number | string | null {
  if (field.unit === "bdt") {
    const micro = parseMicro(text);
    return micro === null || micro <= 0n ? null : writeMicro(micro);
  }
  const whole = field.unit === "percent" ? hundredthsOf(text) : wholeOf(text);
  return whole === null || whole < field.least || whole > field.most ? null : whole;
}

function wholeOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function hundredthsOf(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text);
  return match === null ? null : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}
