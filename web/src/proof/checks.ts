/**
 * What your browser checks of every tick: this file is all of it, and nothing else decides what counts as verified.
 *
 * A tick's body is the message that the market published, byte for byte. Amounts in it are strings of whole millionths
 * (of a BDT, of a share); they are counted in BigInt, so that not a digit is lost. It needs nothing of the market's code.
 */

/** One biome in one tick. */
export interface BiomePart {
  biome: string;
  halted: boolean;
  /** Points of attention that players gave it since the tick before. */
  attention: number;
  /** Cash when the tick began, what it paid into the pool, and what it was dealt from it. */
  before: string;
  pooled: string;
  dealt: string;
  /** Cash that buys brought and that sales took. */
  bought: string;
  sold: string;
  /** Cash after the tick. */
  cash: string;
  /** What every order of this tick got or paid a share. */
  price: string;
  shares_bought: string;
  shares_sold: string;
  /** All shares after the tick; the treasury's part of them is never sold. */
  shares: string;
  treasury: string;
}

export interface TickBody {
  tick: number;
  /** SHA-256 of the body of the tick before. */
  previous: string;
  inputs: { first: number; last: number };
  settings: { rules: number; pool_bp: number; floor_cash: number };
  halted: boolean;
  markets: BiomePart[];
  attention: { taken: number };
  players_cash: string;
  players_shares: string[];
  house_fees: string;
  /** Fees of this tick alone. */
  fees: string;
  genesis_cash: string;
  grants: string;
}

export const CHECKS = [
  "hash",
  "told",
  "chain",
  "cash",
  "shares",
  "pool",
  "receipts",
  "prices",
  "continues",
] as const;
export type Check = (typeof CHECKS)[number];

/** All that can be wrong; strings/proof.ts has a sentence for each. */
export type What =
  | "HASH"
  | "TOLD"
  | "NUMBER"
  | "HOLE"
  | "PREVIOUS"
  | "CASH"
  | "SHARES"
  | "NEGATIVE"
  | "POOL"
  | "ATTENTION"
  | "PAID"
  | "DEALT"
  | "RECEIPT"
  | "PRICE"
  | "INPUTS"
  | "GENESIS"
  | "GRANTS"
  | "FEES"
  | "PLAYERS"
  | "BIOME"
  | "BEFORE"
  | "STOCK"
  | "UNREADABLE";

export interface Fault {
  check: Check;
  /** What exactly is wrong. */
  what: What;
  /** The biome of which it is wrong, if it is one's. */
  of: string | null;
  found: string;
  expected: string;
}

/** A tick as the API gave it. */
export interface Given {
  tick: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** The hash that was published beside the body. */
  published: string;
  /** The hash that the live stream told for this tick; null when it was closed before this page listened. */
  told: string | null;
}

export interface Checked {
  tick: number;
  hash: string;
  /** Null when it cannot be read. */
  body: TickBody | null;
  faults: readonly Fault[];
}

/** Everything: what a tick is by itself, and how it goes on from the one before (null: there is none to compare with). */
export async function check(given: Given, before: Checked | null): Promise<Checked> {
  const hash = await sha256(given.bytes);
  const hashes = [
    ...same("hash", "HASH", hash, given.published),
    ...(given.told === null ? [] : same("told", "TOLD", hash, given.told)),
  ];
  try {
    const body = JSON.parse(new TextDecoder().decode(given.bytes)) as TickBody;
    const inside = [
      ...same("chain", "NUMBER", body.tick, given.tick),
      ...cash(body),
      ...shares(body),
      ...pool(body),
      ...receipts(body),
      ...prices(body),
    ];
    const checked = { tick: given.tick, hash, body, faults: [...hashes, ...inside] };
    return before === null
      ? checked
      : { ...checked, faults: [...checked.faults, ...goesOn(checked, before)] };
  } catch (fault) {
    const unreadable = same("receipts", "UNREADABLE", String(fault), "");
    return { tick: given.tick, hash, body: null, faults: [...hashes, ...unreadable] };
  }
}

/** The two sides of the first law: the cash that is there, and the cash that was ever brought in. */
export function sides(tick: TickBody): Record<"players" | "markets" | "fees" | "genesis" | "grants", bigint> {
  return {
    players: amount(tick.players_cash),
    markets: sum(tick.markets.map((market) => amount(market.cash))),
    fees: amount(tick.house_fees),
    genesis: amount(tick.genesis_cash),
    grants: amount(tick.grants),
  };
}

/** No BDT appears and none vanishes. */
function cash(tick: TickBody): Fault[] {
  const { players, markets, fees, genesis, grants } = sides(tick);
  return same("cash", "CASH", players + markets + fees, genesis + grants);
}

/** Of each biome: the treasury's shares and the players' are all shares, and nothing is negative. */
function shares(tick: TickBody): Fault[] {
  return tick.markets.flatMap((market, index) => {
    const treasury = amount(market.treasury);
    const players = amount(tick.players_shares[index]);
    const negative = treasury < 0n || players < 0n || amount(market.cash) < 0n;
    return [
      ...same("shares", "SHARES", treasury + players, amount(market.shares), market.biome),
      ...same("shares", "NEGATIVE", negative, false, market.biome),
    ];
  });
}

/** What was pooled is what was dealt: each biome paid its part, and got what attention made it due. */
function pool(tick: TickBody): Fault[] {
  const pooled = tick.markets.map((market) => amount(market.pooled));
  const dealt = tick.markets.map((market) => amount(market.dealt));
  const points = tick.markets.map((market) => BigInt(market.attention));
  const faults = [
    ...same("pool", "POOL", sum(dealt), sum(pooled)),
    ...same("pool", "ATTENTION", sum(points), BigInt(tick.attention.taken)),
  ];
  // Only version 1 of the rules is known here; what a later one pools, this page cannot say.
  if (tick.settings.rules !== 1) return faults;
  const rests = tick.halted || sum(points) === 0n;
  const due = dealOut(sum(pooled), points);
  const ofBiomes = tick.markets.flatMap((market, index) => {
    const paid = rests || market.halted ? 0n : contribution(tick, amount(market.before));
    return [
      ...same("pool", "PAID", pooled[index] ?? 0n, paid, market.biome),
      ...same("pool", "DEALT", dealt[index] ?? 0n, due[index] ?? 0n, market.biome),
    ];
  });
  return [...faults, ...ofBiomes];
}

/** A part of a biome's cash, in hundredths of a per cent, rounded down; and never what would take it below the floor. */
function contribution(tick: TickBody, before: bigint): bigint {
  const part = (before * BigInt(tick.settings.pool_bp)) / 10_000n;
  const spare = before - BigInt(tick.settings.floor_cash);
  const paid = part < spare ? part : spare;
  return paid > 0n ? paid : 0n;
}

/** The pool by points. What rounding down leaves goes, one millionth each, to those who lost most; first come, first served. */
function dealOut(whole: bigint, points: readonly bigint[]): bigint[] {
  const all = sum(points);
  if (all === 0n) return points.map(() => 0n);
  const parts = points.map((each) => (whole * each) / all);
  const lost = points.map((each, index) => ({ index, rest: (whole * each) % all }));
  const lucky = lost.toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  const left = Number(whole - sum(parts));
  for (const { index } of lucky.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

/** Each biome's cash adds up: before - pooled + dealt + bought - sold = after. */
function receipts(tick: TickBody): Fault[] {
  return tick.markets.flatMap((market) => {
    const after = cashAtPrice(market) + amount(market.bought) - amount(market.sold);
    return same("receipts", "RECEIPT", after, amount(market.cash), market.biome);
  });
}

/** All orders of a tick got one price: the cash after attention moved it, by the shares before the orders. */
function prices(tick: TickBody): Fault[] {
  return tick.markets.flatMap((market) => {
    const price = (cashAtPrice(market) * 1_000_000n) / sharesAtPrice(market);
    return same("prices", "PRICE", amount(market.price), price, market.biome);
  });
}

/** The tick goes on exactly where the one before it ended. */
export function goesOn(checked: Checked, earlier: Checked): Fault[] {
  const [tick, before] = [checked.body, earlier.body];
  if (tick === null) return [];
  const previous = same("chain", "PREVIOUS", tick.previous, earlier.hash);
  return before === null ? previous : [...previous, ...continues(tick, before)];
}

function continues(tick: TickBody, before: TickBody): Fault[] {
  const came = sum(tick.markets.map((market) => amount(market.sold) - amount(market.bought)));
  const granted = amount(tick.grants) - amount(before.grants);
  return [
    ...same("chain", "HOLE", tick.tick, before.tick + 1),
    ...same("continues", "INPUTS", tick.inputs.first, before.inputs.last + 1),
    ...same("continues", "GENESIS", amount(tick.genesis_cash), amount(before.genesis_cash)),
    ...same("continues", "GRANTS", granted < 0n, false),
    ...same("continues", "FEES", amount(tick.house_fees), amount(before.house_fees) + amount(tick.fees)),
    ...same(
      "continues",
      "PLAYERS",
      amount(tick.players_cash),
      amount(before.players_cash) + came - amount(tick.fees) + granted,
    ),
    ...tick.markets.flatMap((market, index) => {
      const was = before.markets[index];
      return [
        ...same("continues", "BIOME", market.biome, was?.biome ?? ""),
        ...same("continues", "BEFORE", market.before, was?.cash ?? "", market.biome),
        ...same("continues", "STOCK", sharesAtPrice(market), amount(was?.shares), market.biome),
      ];
    }),
  ];
}

function cashAtPrice(market: BiomePart): bigint {
  return amount(market.before) - amount(market.pooled) + amount(market.dealt);
}

function sharesAtPrice(market: BiomePart): bigint {
  return amount(market.shares) - amount(market.shares_bought) + amount(market.shares_sold);
}

/** Throws for anything that is not a whole number in digits. */
function amount(digits: string | undefined): bigint {
  if (digits === undefined || !/^-?\d+$/.test(digits)) throw new Error(`no amount: ${digits}`);
  return BigInt(digits);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((all, each) => all + each, 0n);
}

/** Nothing when they are the same, else the fault. */
function same<T extends bigint | string | number | boolean>(
  which: Check,
  what: What,
  found: T,
  expected: T,
  of: string | null = null,
): Fault[] {
  if (found === expected) return [];
  return [{ check: which, what, of, found: String(found), expected: String(expected) }];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
