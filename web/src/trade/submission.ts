/**
 * One press, one order. A submission keeps its client order id and its exact request until the API has answered, so that a
 * second press, or a retry after a lost answer, is the same order to the market and cannot happen twice.
 */
import { checkDraft, type Draft, type Fault, type Means, type OrderRequest } from "./draft";

export interface Submission {
  draft: Draft;
  request: OrderRequest;
}

export type Prepared = { ok: true; submission: Submission } | { ok: false; fault: Fault };

/** The unanswered submission again when the draft is still the same, else a new one with an id of its own. */
export function prepareSubmission(
  unanswered: Submission | null,
  draft: Draft,
  means: Means,
  newId: () => string = newClientOrderId,
): Prepared {
  if (unanswered !== null && sameDraft(unanswered.draft, draft)) return { ok: true, submission: unanswered };
  const checked = checkDraft(draft, means, newId());
  return checked.ok ? { ok: true, submission: { draft, request: checked.request } } : checked;
}

/** 128 random bits in hex. `crypto.randomUUID` is missing on pages served over plain HTTP, such as in a home network. */
export function newClientOrderId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sameDraft(a: Draft, b: Draft): boolean {
  return (
    a.biome === b.biome &&
    a.side === b.side &&
    a.unit === b.unit &&
    a.quantity === b.quantity &&
    a.limit === b.limit
  );
}
