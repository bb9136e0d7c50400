/** What came of the order that was placed last, in a sentence. */
import type { Order } from "../api/types";
import { resultSentence } from "../portfolio/orderWords";
import { REJECTIONS, text } from "../strings";
import type { Rejection } from "./expected";

export function outcomeSentence(order: Order): string {
  return order.rejection === null ? resultSentence(order) : text.rejected(whyAndFix(order.rejection));
}

/** Why it is rejected, and what to do about it. A code that is newer than this page has the API's own sentence. */
export function whyAndFix({ code, detail }: { code: Rejection; detail: string }): string {
  const known = (REJECTIONS as Partial<typeof REJECTIONS>)[code];
  return known === undefined ? detail : `${known.why} ${known.fix}`;
}
