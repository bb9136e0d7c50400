/** A biome's receipt of one tick as a sum: where its cash was, what left, what came, and where it is then. Pure. */
import type { components } from "../api/schema";
import { readMicro, type Micro } from "../market/micro";

export type Receipt = components["schemas"]["Receipt"];
export type Flow = "pooled" | "dealt" | "bought" | "sold";

export interface Step {
  flow: Flow;
  /** Signed: what leaves is negative. */
  amount: Micro;
  /** The sum before and after this step. */
  from: Micro;
  to: Micro;
}

export interface Sum {
  before: Micro;
  steps: readonly Step[];
  /** What the receipt says is there in the end. */
  after: Micro;
  /** The steps lead from before to after, to the last digit. */
  exact: boolean;
  /** The largest amount on the way, for the scale of a picture. */
  most: Micro;
}

export function sumOf(receipt: Receipt): Sum {
  const before = readMicro(receipt.before_bdt);
  const after = readMicro(receipt.cash_bdt);
  const steps: Step[] = [];
  let sum = before;
  for (const [flow, amount] of flowsOf(receipt)) {
    steps.push({ flow, amount, from: sum, to: sum + amount });
    sum += amount;
  }
  const most = steps.reduce((largest, { to }) => (to > largest ? to : largest), before);
  return { before, steps, after, exact: sum === after, most };
}

function flowsOf(receipt: Receipt): [Flow, Micro][] {
  return [
    ["pooled", -readMicro(receipt.pooled_bdt)],
    ["dealt", readMicro(receipt.dealt_bdt)],
    ["bought", readMicro(receipt.bought_bdt)],
    ["sold", -readMicro(receipt.sold_bdt)],
  ];
}

/** Thousands grouped in a sentence of the API, whose amounts are plain. Fractions and tick numbers stay as they are. */
export function grouped(sentence: string): string {
  return sentence.replace(/(?<![\d.])\d{4,}(?=\.\d)/g, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}
