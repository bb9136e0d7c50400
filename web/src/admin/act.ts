/** What the dialog needs to know of an act before it is done. */
import type { ReactNode } from "react";
import type { Answer } from "../api/client";
import type { Attempt, Command } from "./attempt";

export interface Act {
  title: string;
  /** What will happen, in a sentence or more. */
  says: ReactNode;
  confirm: string;
  /** It takes something from players. */
  grave: boolean;
  give: (attempt: Attempt) => Promise<Answer<Command | object>>;
}

/** The header with which a repeated command is the same command. */
export function once({ key }: Attempt): { headers: Record<string, string> } {
  return { headers: { "Idempotency-Key": key } };
}
