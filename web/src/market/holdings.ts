/** What the player owns, valued at the prices of the latest tick: live between the account's own events. */
import type { Biome, Market, Account } from "../api/types";
import { readMicro, valueOf, type Micro } from "./micro";

export interface Holding {
  biome: Biome;
  shares: Micro;
  value: Micro;
}

export interface Worth {
  cash: Micro;
  holdings: readonly Holding[];
  /** Cash and the value of every holding, before any fee of selling it. */
  netWorth: Micro;
}

/** Value of so many shares at a market's present price. */
export function marketValue(shares: Micro, market: Market | undefined): Micro {
  if (market === undefined) return 0n;
  return valueOf({
    shares,
    cash: readMicro(market.market_cash_bdt),
    total: readMicro(market.total_shares),
  });
}

export function worthOf(account: Account, markets: readonly Market[]): Worth {
  const byBiome = new Map(markets.map((market) => [market.biome, market]));
  const cash = readMicro(account.cash_bdt);
  const holdings = account.holdings
    .map(({ biome, shares }) => ({ biome, shares: readMicro(shares) }))
    .filter(({ shares }) => shares > 0n)
    .map(({ biome, shares }) => ({ biome, shares, value: marketValue(shares, byBiome.get(biome)) }));
  return { cash, holdings, netWorth: holdings.reduce((sum, { value }) => sum + value, cash) };
}

/** Micro-shares of one biome that the player holds. */
export function sharesHeld(account: Account | null, biome: Biome): Micro {
  const holding = account?.holdings.find((each) => each.biome === biome);
  return holding === undefined ? 0n : readMicro(holding.shares);
}
