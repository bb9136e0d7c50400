/** What a new API key is to be, checked before it is asked for. */
import type { components } from "../api/schema";

export type Scope = components["schemas"]["Scope"];
export type Key = components["schemas"]["Key"];
export type MadeKey = components["schemas"]["MadeKey"];
export type Expiry = "never" | "day" | "month" | "year";

export interface KeyDraft {
  name: string;
  scopes: readonly Scope[];
  expiry: Expiry;
}

export type KeyFault = "NAME" | "SCOPES";

type Checked = { ok: true; request: components["schemas"]["NewKey"] } | { ok: false; fault: KeyFault };

const DAYS: Record<Expiry, number | null> = { never: null, day: 1, month: 30, year: 365 };
const DAY_MS = 86_400_000;

/** As the API takes a name: printable ASCII. */
const NAME = /^[ -~]{1,64}$/;

export function checkKey(draft: KeyDraft, now: number): Checked {
  const name = draft.name.trim();
  if (!NAME.test(name)) return { ok: false, fault: "NAME" };
  if (draft.scopes.length === 0) return { ok: false, fault: "SCOPES" };
  const days = DAYS[draft.expiry];
  const expiresAt = days === null ? null : new Date(now + days * DAY_MS).toISOString();
  return { ok: true, request: { name, scopes: [...draft.scopes], expires_at: expiresAt } };
}
