import { describe, expect, test } from "vitest";
import { changed, checkDraft, costNow, sharesNow, typedAmount, type Draft, type Means } from "./draft";
import { newClientOrderId, prepareSubmission, type Submission } from "./submission";

const MARKET: Means["market"] = {
  biome: "snow",
  price_bdt: "100.00",
  market_cash_bdt: "1000000.00",
  total_shares: "10000.00",
  attention: 3,
  change_24h_pct: null,
  halted: false,
};
const MEANS: Means = { cash: 10_000_000_000n, held: 5_000_000n, market: MARKET };
const BUY: Draft = { biome: "snow", side: "buy", unit: "bdt", quantity: "100", limit: "" };

function check(change: Partial<Draft>, means: Partial<Means> = {}): ReturnType<typeof checkDraft> {
  return checkDraft({ ...BUY, ...change }, { ...MEANS, ...means }, "id-1");
}

describe("a draft becomes a request", () => {
  test("a buy for BDT says the amount alone", () => {
    expect(check({})).toEqual({
      ok: true,
      request: { side: "buy", body: { biome: "snow", client_order_id: "id-1", amount_bdt: "100.00" } },
    });
  });

  test("a buy in shares says what it pays at most: ten per cent above what is seen", () => {
    expect(check({ unit: "shares", quantity: "2" })).toMatchObject({
      request: { body: { shares: "2.00", max_pay_bdt: "220.000001" } },
    });
  });

  test("it never says more than the player has", () => {
    expect(check({ unit: "shares", quantity: "2" }, { cash: 205_000_000n })).toMatchObject({
      request: { body: { max_pay_bdt: "205.00" } },
    });
  });

  test("a sale is in shares, whatever unit was chosen for buying, and carries its limit", () => {
    expect(check({ side: "sell", quantity: "1.5", limit: "99.5" })).toEqual({
      ok: true,
      request: {
        side: "sell",
        body: { biome: "snow", client_order_id: "id-1", shares: "1.50", limit_price_bdt: "99.50" },
      },
    });
  });
});

describe("a draft that cannot be sent says why", () => {
  test.each<[Partial<Draft>, string]>([
    [{ quantity: "  " }, "QUANTITY_MISSING"],
    [{ quantity: "ten" }, "QUANTITY_NOT_A_NUMBER"],
    [{ quantity: "0" }, "QUANTITY_NOT_A_NUMBER"],
    [{ quantity: "-5" }, "QUANTITY_NOT_A_NUMBER"],
    [{ limit: "cheap" }, "LIMIT_NOT_A_NUMBER"],
    [{ quantity: "10000.01" }, "MORE_THAN_YOUR_CASH"],
    [{ unit: "shares", quantity: "101" }, "MORE_THAN_YOUR_CASH"],
    [{ side: "sell", quantity: "5.000001" }, "MORE_THAN_YOU_HOLD"],
  ])("%j: %s", (change, fault) => {
    expect(check(change)).toEqual({ ok: false, fault });
  });
});

describe("amounts as people type them", () => {
  test("commas between thousands and spaces around do no harm", () => {
    expect(typedAmount(" 1,000.5 ")).toBe(1_000_500_000n);
  });

  test("a comma as a decimal sign is not guessed at", () => {
    expect(typedAmount("1,5")).toBeNull();
  });
});

test("what is estimated is rounded against the trader, as the market rounds", () => {
  const odd = { ...MARKET, market_cash_bdt: "1.00", total_shares: "3.00" };
  expect(costNow(1n, odd)).toBe(1n);
  expect(sharesNow(1n, odd)).toBe(3n);
  expect(costNow(3n, odd)).toBe(1n);
  expect(costNow(4n, odd)).toBe(2n);
});

describe("a draft that is changed keeps what still means the same", () => {
  const typed: Draft = { ...BUY, limit: "99" };

  test("an amount of BDT goes along to another biome, a limit price does not", () => {
    expect(changed(typed, { biome: "ocean" })).toEqual({ ...typed, biome: "ocean", limit: "" });
  });

  test("a number of shares belongs to its biome", () => {
    expect(changed({ ...typed, unit: "shares" }, { biome: "ocean" }).quantity).toBe("");
    expect(changed({ ...typed, side: "sell" }, { biome: "ocean" }).quantity).toBe("");
  });

  test("another side or another unit empties the quantity", () => {
    expect(changed(typed, { side: "sell" })).toMatchObject({ quantity: "", limit: "" });
    expect(changed(typed, { unit: "shares" })).toMatchObject({ quantity: "", limit: "99" });
  });

  test("the same biome and side again change nothing that was typed", () => {
    expect(changed(typed, { biome: "snow", side: "buy" })).toEqual(typed);
  });
});

describe("one press, one order", () => {
  let made = 0;
  const nextId = (): string => `id-${(made += 1)}`;
  const prepared = (unanswered: Submission | null, draft: Draft): Submission => {
    const result = prepareSubmission(unanswered, draft, MEANS, nextId);
    if (!result.ok) throw new Error(result.fault);
    return result.submission;
  };

  test("while an answer is out, the same draft is the same request, though the price has moved", () => {
    const shares: Draft = { ...BUY, unit: "shares", quantity: "2" };
    const first = prepared(null, shares);
    const moved = { ...MEANS, market: { ...MARKET, market_cash_bdt: "1100000.00" } };
    expect(prepareSubmission(first, shares, moved, nextId)).toEqual({ ok: true, submission: first });
  });

  test("a changed draft, or the same one after its answer, is a new order", () => {
    const first = prepared(null, BUY);
    const other = prepared(first, { ...BUY, quantity: "101" });
    const again = prepared(null, BUY);
    const ids = [first, other, again].map(({ request }) => request.body.client_order_id);
    expect(new Set(ids).size).toBe(3);
  });

  test("ids are 128 random bits", () => {
    expect(newClientOrderId()).toMatch(/^[0-9a-f]{32}$/);
    expect(newClientOrderId()).not.toBe(newClientOrderId());
  });
});
