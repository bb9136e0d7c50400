/** Sends a draft once, however often the button is pressed, and follows the order that came of it. */
import { NO_ANSWER, post, type Answer } from "../api/client";
import type { Order } from "../api/types";
import { observable, useObservable } from "../market/observable";
import { marketStore } from "../market/store";
import { FAULTS, text, ticketText } from "../strings";
import { announce } from "../page/announcements";
import { sentenceOf } from "../page/problems";
import type { Means } from "./draft";
import { prepareSubmission, type Submission } from "./submission";
import { changeTicket, readTicket } from "./ticket";

export interface Placing {
  sending: boolean;
  /** What to say of a draft that was not taken. */
  note: string | null;
  /** The order that was placed last: its outcome comes over the stream. */
  followed: string | null;
}

const IDLE: Placing = { sending: false, note: null, followed: null };
const placing = observable<Placing>(IDLE);
let unanswered: Submission | null = null;

export async function placeDraft(means: Means): Promise<void> {
  const { sending, followed } = placing.read();
  if (sending) return;
  const prepared = prepareSubmission(unanswered, readTicket().draft, means);
  if (!prepared.ok) {
    // An empty form after a taken order is the second press of a double click: its result stays on the screen.
    if (prepared.fault === "QUANTITY_MISSING" && followed !== null) return;
    placing.set({ ...IDLE, note: FAULTS[prepared.fault] });
    return;
  }
  placing.set({ ...IDLE, sending: true });
  took(prepared.submission, await send(prepared.submission));
}

function took(submission: Submission, answer: Answer<Order>): void {
  if (answer.ok) {
    unanswered = null;
    marketStore.dispatch({ type: "order", order: answer.body });
    placing.set({ ...IDLE, followed: answer.body.order_id });
    // Emptied, so that the second press of a double click finds nothing to send.
    changeTicket({ quantity: "" });
    return;
  }
  unanswered = answer.problem.code === NO_ANSWER ? submission : null;
  if (answer.problem.code === "NOT_SIGNED_IN") {
    placing.set({ ...IDLE, note: text.sessionOver });
    marketStore.dispatch({ type: "signed-out" });
    announce(text.sessionOver);
  } else {
    placing.set({ ...IDLE, note: sentenceOf(answer.problem, ticketText.orderNoAnswer) });
  }
}

function send({ request }: Submission): Promise<Answer<Order>> {
  return request.side === "buy"
    ? post("/api/v1/biome-market/buy", request.body)
    : post("/api/v1/biome-market/sell", request.body);
}

/** Somebody signed in: what was said of earlier orders is not for them. */
export function forgetPlacing(): void {
  unanswered = null;
  placing.set(IDLE);
}

export function usePlacing(): Placing {
  return useObservable(placing);
}
