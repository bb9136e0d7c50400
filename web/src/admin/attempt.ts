/**
 * One act of an admin, from the question to what became of it. Its Idempotency-Key stays the same until an answer has come,
 * so that pressing again after a lost answer cannot do it twice; whatever comes after an answer is a new act.
 */
import { NO_ANSWER, type Answer } from "../api/client";
import type { components } from "../api/schema";
import { newClientOrderId } from "../trade/submission";

export type Command = components["schemas"]["Command"];

export interface Attempt {
  key: string;
  reason: string;
}

export type Outcome =
  | { is: "applied"; tick: number | null }
  | { is: "pending"; commandId: string }
  /** The market, or the API, said no: nothing happened. */
  | { is: "refused"; why: string; code: string }
  /** It is not known whether it happened. The same attempt may be made again. */
  | { is: "unknown"; why: string; code: string };

/** Answers after which the act may have happened, or will be possible in a moment. */
const UNKNOWN = new Set([NO_ANSWER, "LOG_UNAVAILABLE", "DATABASE_UNAVAILABLE", "BUSY", "TIMEOUT"]);

/** The unanswered attempt again, with its own reason: the same key with another one would be refused. */
export function attemptFor(unanswered: Attempt | null, reason: string, newKey = newClientOrderId): Attempt {
  return unanswered ?? { key: newKey(), reason };
}

/** The API's grammar of a reason: one line of at most 200 characters. */
export function isReason(reason: string): boolean {
  return reason.trim() !== "" && reason.length <= 200;
}

/** Of a command, or of an act that is done as soon as the API says yes. */
export function outcomeOf(answer: Answer<Command | object>): Outcome {
  if (!answer.ok) {
    const { code, detail } = answer.problem;
    const unknown = UNKNOWN.has(code) || code.startsWith("HTTP_5");
    return { is: unknown ? "unknown" : "refused", why: detail, code };
  }
  return "command_id" in answer.body ? outcomeOfCommand(answer.body) : { is: "applied", tick: null };
}

export function outcomeOfCommand({ status, tick, command_id, refusal }: Command): Outcome {
  if (status === "refused") return { is: "refused", why: refusal ?? "", code: "COMMAND_REFUSED" };
  return status === "applied" ? { is: "applied", tick } : { is: "pending", commandId: command_id };
}
