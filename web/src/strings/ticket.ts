/** What the trade ticket, its sheet and the help of the keys say. */
import type { Fault, Side } from "../trade/draft";
import type { Rejection } from "../trade/expected";
import { CURRENCY } from "./common";

export const ticketText = {
  ticket: "Trade",
  desk: "Trading",
  openTicket: "Trade",
  close: "Close",
  priceNow: "Price now",
  side: "Buy or sell",
  unit: "Count in",
  inBdt: CURRENCY,
  inShares: "shares",
  amountBdt: `Amount in ${CURRENCY}`,
  amountShares: "Shares",
  quickAmounts: "Quick amounts",
  percent: (percent: number) => `${percent} %`,
  ofCash: (percent: number) => `${percent} % of your cash, fee included`,
  ofHolding: (percent: number) => `${percent} % of your shares`,
  max: "Max",
  maxHint: "As much as your cash pays, fee included",
  all: "All",
  available: (amount: string) => `You have ${amount} ${CURRENCY}.`,
  held: (amount: string) => `You hold ${amount} shares.`,

  limit: "Limit price",
  limitHint: "optional",
  limitBuyHint: "fills only at it or lower",
  limitSellHint: "fills only at it or higher",
  limitNear: "Set from the price now",
  limitSteps: [
    [-100, "−1 %", "Price now minus 1 %"],
    [0, "Now", "Price now"],
    [100, "+1 %", "Price now plus 1 %"],
  ] as const,
  noLimit: "Clear",
  noLimitHint: "No limit",

  ifNow: "If it filled now",
  quotedAt: (tick: string) => `quoted at tick ${tick}`,
  estimated: "estimate",
  youGet: "You get",
  youGive: "You give",
  cost: "Cost",
  proceeds: "Proceeds",
  fee: "Fee",
  feeRate: (percent: string) => `Fee (${percent} %)`,
  youPay: "You pay",
  youReceive: "You receive",
  atWorst: "At worst",
  atLeast: (what: string) => `at least ${what}`,
  atMost: (what: string) => `at most ${what}`,
  noBound: "open: no limit set",
  sharesAfter: "Your shares after",
  cashAfter: "Your cash after",
  shares: (amount: string) => `${amount} shares`,
  bdt: (amount: string) => `${amount} ${CURRENCY}`,
  unknown: "–",

  joinsThePot: "The cash that you bring joins the pot, which later redistributions spread over all biomes.",
  leavesThePot: "The price is the one of that tick: nobody knows it in advance.",
  wouldBeRejected: (why: string) => `Would be rejected now: ${why}`,
  place: (side: Side, biome: string) => `${side === "buy" ? "Buy" : "Sell"} ${biome}`,
  sending: "Sending…",
  orderNoAnswer:
    "No answer came, so it is not known yet whether the order was taken. Press again: it is the same order and cannot happen twice.",

  showPassword: "Show",
  hidePassword: "Hide",
  showPasswordHint: "Show or hide what you type",

  keys: "Keys",
  keysHint: "for keys",
  keysLead: "They work wherever you are not typing.",
  keysOn: "Single keys are shortcuts",
  keysOnHint: "Switch them off if they get in the way, such as with speech input. Esc and Enter always work.",
  keyList: [
    [["B"], "Open the ticket to buy"],
    [["S"], "Open the ticket to sell"],
    [["1", "…", "7"], "Choose a biome, from Ocean to Snow; on a biome's own page, go there"],
    [["Enter"], "Send the order"],
    [["←", "→"], "Switch between buying and selling, or the unit, when it has the focus"],
    [["Esc"], "Close what is open, or clear the ticket"],
    [["?"], "Show this list"],
  ] as const,
  key: "Key",
  does: "What it does",
  ticketIsAbout: (biome: string) => `The ticket is about ${biome} now.`,
};

export const FAULTS: Record<Fault, string> = {
  QUANTITY_MISSING: "Say how much.",
  QUANTITY_NOT_A_NUMBER: "How much is a number above zero with at most six decimals, such as 100.25.",
  LIMIT_NOT_A_NUMBER: "A limit price is a number above zero with at most six decimals, such as 99.50.",
  MORE_THAN_YOUR_CASH: "That is more than your cash.",
  MORE_THAN_YOU_HOLD: "That is more than you hold.",
};

/** Why the market rejects, and what to do about it: a sentence for each. */
export const REJECTIONS: Record<Rejection, { why: string; fix: string }> = {
  HALTED: {
    why: "Trading in this biome is halted.",
    fix: "Wait until it resumes, or trade another biome.",
  },
  ATTENTION_STALE: {
    why: "The market is still catching up with attention, so nothing fills in this tick.",
    fix: "Place it again in a few seconds.",
  },
  EXPIRED: {
    why: "The order reached the market too late.",
    fix: "Place it again.",
  },
  NO_ACCOUNT: {
    why: "Your account is not open yet.",
    fix: "It takes a tick or two: try again in a moment.",
  },
  ACCOUNT_FROZEN: {
    why: "Your account is frozen and cannot trade.",
    fix: "Ask the operator.",
  },
  TOO_MANY_ORDERS: {
    why: "That is more orders than one player may place in a minute.",
    fix: "Wait a minute, then place it again.",
  },
  MINIMUM_HOLD: {
    why: "You bought shares of this biome too recently to sell them.",
    fix: "Wait until the minimum hold has passed.",
  },
  INVALID_QUANTITY: {
    why: "The quantity is not above zero.",
    fix: "Type a larger one.",
  },
  PRICE_TOO_LOW: {
    why: "The price is below the smallest one at which this biome can be bought.",
    fix: "Wait until attention lifts it. Selling stays open.",
  },
  LIMIT_NOT_MET: {
    why: "The price is worse than the limit price.",
    fix: "Loosen the limit, clear it, or wait for a better price.",
  },
  ORDER_TOO_SMALL: {
    why: "The order is below the smallest one.",
    fix: `Buy for 1 ${CURRENCY} or more.`,
  },
  ORDER_TOO_LARGE: {
    why: "It is more than one player may trade in this biome in one tick.",
    fix: "Split it into smaller orders, a tick apart.",
  },
  NOTHING_TO_FILL: {
    why: "It is too small to move anything, or to leave anything after the fee.",
    fix: "Make it larger.",
  },
  MAX_PAY_EXCEEDED: {
    why: "The price rose above the most that the order would pay.",
    fix: "Place it again at the price now, or buy fewer shares.",
  },
  INSUFFICIENT_FUNDS: {
    why: "Your cash does not cover the order and its fee.",
    fix: "Lower it, or press Max.",
  },
  INSUFFICIENT_SHARES: {
    why: "You do not hold that many shares of this biome.",
    fix: "Lower it, or press All.",
  },
};
