import { describe, expect, test } from "vitest";
import { grouped, sumOf, type Receipt } from "./receipt";

const RECEIPT: Receipt = {
  biome: "desert",
  halted: false,
  price_bdt: "73.64198",
  attention: 2,
  before_bdt: "894180.834014",
  pooled_bdt: "223545.208503",
  dealt_bdt: "66056.329285",
  bought_bdt: "53.00",
  sold_bdt: "0.00",
  cash_bdt: "736744.954796",
  shares_bought: "0.719698",
  shares_sold: "0.00",
  shares: "10004.415297",
  treasury_shares: "10000.00",
  players_shares: "4.415297",
};

describe("the sum of a receipt", () => {
  test("leads from before to after, to the last digit", () => {
    const sum = sumOf(RECEIPT);
    expect(sum.exact).toBe(true);
    expect(sum.steps.at(-1)?.to).toBe(sum.after);
  });

  test("that is one micro off is told", () => {
    expect(sumOf({ ...RECEIPT, cash_bdt: "736744.954797" }).exact).toBe(false);
  });

  test("takes off what was pooled and sold, and adds what was dealt and bought", () => {
    const { steps } = sumOf({ ...RECEIPT, sold_bdt: "3.00", cash_bdt: "736741.954796" });
    expect(steps.map(({ flow, amount }) => [flow, amount])).toEqual([
      ["pooled", -223_545_208_503n],
      ["dealt", 66_056_329_285n],
      ["bought", 53_000_000n],
      ["sold", -3_000_000n],
    ]);
  });

  test("has the largest amount on the way, so that a picture of it fits", () => {
    expect(sumOf(RECEIPT).most).toBe(894_180_834_014n);
    const rich = { ...RECEIPT, dealt_bdt: "900000.00", cash_bdt: "1570688.625511" };
    expect(sumOf(rich).most).toBe(1_570_688_625_511n);
  });
});

describe("amounts in the API's sentences", () => {
  test.each([
    ["It pays 224163.213793 BDT.", "It pays 224,163.213793 BDT."],
    ["1750492.726051 BDT were pooled", "1,750,492.726051 BDT were pooled"],
    ["snow rises from 80.163017 to 89.840775", "snow rises from 80.163017 to 89.840775"],
    ["a whole 5000 and 0.123456 stay", "a whole 5000 and 0.123456 stay"],
  ])("%s", (plain, shown) => {
    expect(grouped(plain)).toBe(shown);
  });
});
