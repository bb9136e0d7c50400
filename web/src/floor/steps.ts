/** The first trade in three steps, and which of them are done: they tick off as the market tells, not as buttons are pressed. */
import type { Account, Order } from "../api/types";

export interface Steps {
  signedUp: boolean;
  ordered: boolean;
  filled: boolean;
}

interface Known {
  signedIn: boolean;
  account: Account | null;
  orders: readonly Order[];
}

export function stepsOf({ signedIn, account, orders }: Known): Steps {
  const holds = account?.holdings.some(({ shares }) => /[1-9]/.test(shares)) ?? false;
  const filled = holds || orders.some(({ status }) => status === "filled");
  // A rejected order is no step back: the ticket says why, and this step stays to be done.
  return { signedUp: signedIn, ordered: filled || orders.some(({ status }) => status === "pending"), filled };
}

export type StepState = "done" | "now" | "later";

/** The state of each of the three, in their order: the first that is not done is the one to do now. */
export function statesOf({ signedUp, ordered, filled }: Steps): readonly [StepState, StepState, StepState] {
  const done = [signedUp, ordered, filled];
  const now = done.indexOf(false);
  const state = (index: number): StepState =>
    done[index] === true ? "done" : index === now ? "now" : "later";
  return [state(0), state(1), state(2)];
}
