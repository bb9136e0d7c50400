import { describe, expect, test } from "vitest";
import type { Biome, Market } from "../api/types";
import { pullOf, showPerMille, splitOf, splitsOf } from "./shares";
import type { TrailPoint } from "./state";

function market(biome: Biome, cash: string, halted = false): Market {
  return {
    biome,
    price_bdt: "100.00",
    market_cash_bdt: cash,
    total_shares: "10000.00",
    attention: 0,
    change_24h_pct: null,
    halted,
  };
}

function trail(...attention: number[]): TrailPoint[] {
  return attention.map((points, tick) => ({ tick, price: 100, attention: points }));
}

const MARKETS = [market("ocean", "300.00"), market("snow", "100.00")];

describe("the split of cash and attention", () => {
  test("cash is split in tenths of a per cent", () => {
    const splits = splitsOf(MARKETS, {});

    expect(splits.ocean?.cash).toBe(750);
    expect(splits.snow?.cash).toBe(250);
  });

  test("without attention nothing pulls", () => {
    const split = splitOf("snow", MARKETS, { snow: trail(0, 0) });

    expect(split).toEqual({ cash: 250, attention: null, target: null });
    expect(pullOf(split)).toBe("none");
  });

  test("attention pulls cash towards its own share", () => {
    const splits = splitsOf(MARKETS, { ocean: trail(1, 1), snow: trail(3, 3) });

    expect(splits.snow).toEqual({ cash: 250, attention: 750, target: 750 });
    expect(splits.snow && pullOf(splits.snow)).toBe("up");
    expect(splits.ocean && pullOf(splits.ocean)).toBe("down");
  });

  test("only the attention of the last ticks counts", () => {
    const old = [100, ...Array.from({ length: 10 }, () => 0)];

    expect(splitOf("ocean", MARKETS, { ocean: trail(...old), snow: trail(1) }).attention).toBe(0);
  });

  test("a halted biome keeps its cash out of what attention deals", () => {
    const markets = [...MARKETS, market("beach", "400.00", true)];
    const splits = splitsOf(markets, { ocean: trail(1), snow: trail(1), beach: trail(2) });

    expect(splits.beach).toEqual({ cash: 500, attention: 500, target: null });
    expect(splits.snow).toEqual({ cash: 125, attention: 250, target: 250 });
  });

  test("a difference too small to see is level", () => {
    expect(pullOf({ cash: 142, attention: 143, target: 143 })).toBe("level");
  });

  test("tenths of a per cent are read as per cent", () => {
    expect(showPerMille(146)).toBe("14.6 %");
  });
});
