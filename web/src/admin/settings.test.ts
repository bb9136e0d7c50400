import { describe, expect, test } from "vitest";
import { FIELDS, readForm, written, type Settings } from "./settings";

const IN_FORCE: Settings = {
  rules: 1,
  window_ms: 500,
  pool_bp: 2_500,
  floor_cash_bdt: "10000.00",
  fee_bp: 205,
  largest_order_bp: 1_000,
  smallest_buy_bdt: "1.00",
  smallest_price_bdt: "0.01",
  deadline_ms: 10_000,
  orders_per_minute: 60,
  minimum_hold_ticks: 0,
  attention_stale_ms: 2_000,
  attention_shards: 4,
};

function fieldOf(name: string) {
  const field = FIELDS.find((each) => each.name === name);
  if (field === undefined) throw new Error(name);
  return field;
}

describe("the settings as a form", () => {
  test("per cents are written as people write them", () => {
    expect(written(fieldOf("pool_bp"), IN_FORCE)).toBe("25");
    expect(written(fieldOf("fee_bp"), IN_FORCE)).toBe("2.05");
    expect(written(fieldOf("largest_order_bp"), IN_FORCE)).toBe("10");
    expect(written(fieldOf("pool_bp"), { ...IN_FORCE, pool_bp: 0 })).toBe("0");
    expect(written(fieldOf("pool_bp"), { ...IN_FORCE, pool_bp: 10_000 })).toBe("100");
  });

  test("what is as it was changes nothing, however it is written", () => {
    const same = { pool_bp: " 25.00 ", floor_cash_bdt: "10000", window_ms: "500" };
    expect(readForm(same, IN_FORCE)).toEqual({ change: {}, differences: [], faults: [] });
  });

  test("only what changed is sent, as the API takes it", () => {
    const { change, differences, faults } = readForm(
      { fee_bp: "1.5", smallest_buy_bdt: "2.5", minimum_hold_ticks: "120" },
      IN_FORCE,
    );
    expect(change).toEqual({ fee_bp: 150, smallest_buy_bdt: "2.50", minimum_hold_ticks: 120 });
    expect(differences.map(({ field, from, to }) => [field.name, from, to])).toEqual([
      ["fee_bp", "2.05", "1.5"],
      ["smallest_buy_bdt", "1.00", "2.5"],
      ["minimum_hold_ticks", "0", "120"],
    ]);
    expect(faults).toEqual([]);
  });

  test.each([
    ["fee_bp", "51"],
    ["fee_bp", "1.234"],
    ["pool_bp", "-1"],
    ["window_ms", "99"],
    ["orders_per_minute", "60.5"],
    ["floor_cash_bdt", "0"],
    ["floor_cash_bdt", "1e3"],
    ["rules", ""],
  ])("%s cannot be %j", (name, text) => {
    const { change, faults } = readForm({ [name]: text }, IN_FORCE);
    expect(faults.map((field) => field.name)).toEqual([name]);
    expect(change).toEqual({});
  });
});
