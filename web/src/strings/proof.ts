/** What the proof view says. */
import type { Biome } from "../api/types";
import { BIOMES } from "../market/biomes";
import type { Check, Fault, What } from "../proof/checks";
import { BIOME_NAMES } from "./common";

export const proofText = {
  lead: "Do not take our word for it. Your browser fetches every tick as it was published, does the arithmetic again, and says at once if a single millionth of a BDT is out of place.",
  verifiedSince: (ticks: number) =>
    ticks === 1
      ? "tick verified on this machine since you opened this"
      : "ticks verified on this machine since you opened this",
  failedSince: (ticks: string) => `${ticks} with a fault`,
  noFault: "No fault found",
  range: (first: string, last: string) => `Ticks ${first} to ${last}, without a hole`,
  waiting: "Waiting for the first tick…",
  notSecure:
    "Your browser computes SHA-256 only on pages served over HTTPS, or from this very machine (localhost). Open the market that way to verify it here; the ways below work from anywhere.",

  controls: "What to check",
  pause: "Pause",
  go: "Go on",
  paused: "Paused. Ticks that come meanwhile are checked when you go on.",
  lookBack: (ticks: string) => `Check ${ticks} earlier`,
  lookingBack: (done: string, total: string) => `Looking back: ${done} of ${total} ticks`,
  atTheStart: "Everything that the server keeps has been checked.",
  missing: (tick: string) => `The server has not handed out tick ${tick} yet. Trying again…`,
  skipped: (ticks: string) => `${ticks} ticks were left out while this page was not looked at.`,

  chain: "The chain",
  chainLead:
    "Each tick names the hash of the tick before it. Change one digit of the past, and no link fits.",
  chainLabel: "The newest ticks that were checked, newest first",
  block: (tick: string) => `Tick ${tick}`,
  well: "verified",
  faulty: "fault",
  linked: "linked to the tick before",
  unlinked: "does not name the tick before",

  broken: (tick: string) => `Tick ${tick} does not add up`,
  brokenLead:
    "Your browser found this in what the server published. It should never happen: tell the operators and other players, and keep these numbers.",

  checks: "What is checked",
  checksLead: "Of every tick, in this browser, in whole millionths.",
  checkTimes: (times: string) => (times === "1" ? "once" : `${times} times`),
  checkNotYet: "not yet",

  balance: "Every BDT accounted for",
  balanceOf: (tick: string) => `As of tick ${tick}, to the last millionth`,
  there: "What is there",
  brought: "What was ever brought in",
  players: "Players’ cash",
  market: (biome: string) => `${biome}’s market`,
  fees: "Fees kept by the house",
  genesis: "At the beginning",
  grants: "Granted to players",
  sum: "Together",
  difference: (millionths: string) => `A difference of ${millionths} micro-BDT`,
  equal: "Equal, to the last digit",
  notEqual: "Not equal",

  auditor: "What the market says of itself",
  auditorLead:
    "The server makes checks of its own of every tick it sees. That is its word; the rest is yours.",
  exact: "exact",
  notExact: "broken",
  conservation: "Conservation",
  conservationSince: (since: string, through: string) => `checked from tick ${since} to ${through}`,
  conservationNone: "nothing checked yet",
  audit: "Auditor",
  auditedThrough: (tick: string) => `folded the whole log again: exact through tick ${tick}`,
  auditMismatch: (tick: string) => `found a mismatch at tick ${tick}`,
  auditNone: "has said nothing yet",
  lastTick: "Last tick",
  lastTickAge: (tick: string, ms: string) => `${tick}, ${ms} ms old when asked`,
  attention: "Attention",
  attentionBehind: (ms: string) => `counted to ${ms} ms before the tick`,
  attentionUnknown: "not reported yet",
  records: "Charts and portfolios",
  recordsBehind: (ticks: number) =>
    ticks === 0 ? "up to the tick" : `${ticks} ${ticks === 1 ? "tick" : "ticks"} behind`,
  lag: "Waiting to be worked off",
  lagOf: (records: string) => `${records} messages`,
  statusPage: "The full status page",
  statusJson: "As JSON",

  code: "The code that just ran",
  codeLead:
    "This is all of it: the file proof/checks.ts, word for word as it was built into this page. The bodies come from",
  showCode: (lines: number) => `Read the ${lines} lines`,

  others: "Trust this page no more than the market",
  othersLead:
    "A dishonest market could serve a dishonest page. So check with your own tools, too: nothing but read access is needed.",
  oneTick: "One tick, with curl",
  oneTickHint: "The two hashes are the same.",
  verify: "Every tick from Kafka, with the project’s own command",
  verifyHint: "Exit code 0 when all is well, 1 with a sentence for each fault.",
  kafka:
    "Or read the topic market.ticks with any Kafka client: the value is the body, its hash is in the header sha256. docs/analysts.md has a Python program of thirty lines.",
};

export const CHECK_NAMES: Record<Check, { name: string; why: string }> = {
  hash: { name: "Its hash", why: "The SHA-256 of its exact bytes is the one that was published beside it." },
  told: {
    name: "The same for everyone",
    why: "It is the hash that the live stream told you when the tick closed.",
  },
  chain: {
    name: "The chain",
    why: "It names the hash of the tick before, and its number is the next one: nothing left out.",
  },
  cash: { name: "Cash", why: "Players’, markets’ and house’s cash is what was ever brought in." },
  shares: {
    name: "Shares",
    why: "The treasury’s shares and the players’ are all shares of each biome; nothing is negative.",
  },
  pool: {
    name: "Attention’s deal",
    why: "Each biome paid its part into the pool and got its part by attention; nothing was kept.",
  },
  receipts: {
    name: "Receipts",
    why: "Each biome’s cash: before − pooled + dealt + bought − sold is what it has now.",
  },
  prices: { name: "One price", why: "The price of all orders is the cash by the shares." },
  continues: {
    name: "It goes on",
    why: "It begins exactly with the balances, fees and inputs at which the tick before ended.",
  },
};

type Sentence = (fault: Fault) => string;

const WHATS: Record<What, Sentence> = {
  HASH: ({ found, expected }) =>
    `The bytes have the hash ${found}, but ${expected || "none"} was published beside them.`,
  TOLD: ({ found, expected }) => `The bytes have the hash ${found}, but the live stream told ${expected}.`,
  NUMBER: ({ found, expected }) => `The body says it is tick ${found}, where tick ${expected} was asked for.`,
  HOLE: ({ found, expected }) => `Tick ${found} came where tick ${expected} should follow.`,
  PREVIOUS: ({ found, expected }) =>
    `It names ${found} as the tick before, but that tick has the hash ${expected}.`,
  CASH: ({ found, expected }) => `${found} micro-BDT are there, but ${expected} were ever brought in.`,
  SHARES: ({ of, found, expected }) =>
    `The treasury and the players hold ${found} micro-shares of ${of}, but there are ${expected}.`,
  NEGATIVE: ({ of }) => `Cash or shares of ${of} are negative.`,
  POOL: ({ found, expected }) => `${found} micro-BDT were dealt, but ${expected} were pooled.`,
  ATTENTION: ({ found, expected }) =>
    `The biomes got ${found} points of attention, but ${expected} were taken.`,
  PAID: ({ of, found, expected }) =>
    `${of} paid ${found} micro-BDT into the pool, but ${expected} were its part.`,
  DEALT: ({ of, found, expected }) =>
    `${of} was dealt ${found} micro-BDT, but ${expected} were its part by attention.`,
  RECEIPT: ({ of, found, expected }) =>
    `The receipt of ${of} adds up to ${found} micro-BDT, but ${expected} are there.`,
  PRICE: ({ of, found, expected }) =>
    `The price of ${of} is ${found} micro-BDT, but its cash by its shares is ${expected}.`,
  INPUTS: ({ found, expected }) => `It begins with input ${found}, but input ${expected} was the next one.`,
  GENESIS: ({ found, expected }) =>
    `It says the market began with ${found} micro-BDT; the tick before said ${expected}.`,
  GRANTS: () => "Grants were taken back: less is granted than at the tick before.",
  FEES: ({ found, expected }) =>
    `The house has ${found} micro-BDT of fees, but ${expected} follow from the tick before.`,
  PLAYERS: ({ found, expected }) =>
    `Players have ${found} micro-BDT, but ${expected} follow from the tick before and its trades.`,
  BIOME: ({ found, expected }) => `${found} stands where ${expected || "nothing"} stood.`,
  BEFORE: ({ of, found, expected }) =>
    `${of} began with ${found} micro-BDT, but the tick before ended with ${expected}.`,
  STOCK: ({ of, found, expected }) =>
    `${of} began with ${found} micro-shares, but the tick before ended with ${expected}.`,
  UNREADABLE: ({ found }) => `The body cannot be read (${found}).`,
};

export function faultSentence(fault: Fault): string {
  const { of, found, expected } = fault;
  return WHATS[fault.what]({
    ...fault,
    of: BIOMES.includes(of as Biome) ? BIOME_NAMES[of as Biome] : of,
    found: grouped(found),
    expected: grouped(expected),
  });
}

/** Numbers as people read them; what is none, such as a hash, stays as it is. */
function grouped(digits: string): string {
  return /^-?\d{1,30}$/.test(digits) ? BigInt(digits).toLocaleString("en") : digits;
}
