/** What a view shows when there is nothing to show: it loads, it failed, it is empty, or it is for players. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemIn } from "../api/queries";
import { openTicket } from "../trade/ticket";
import { text } from "../strings";
import { sentenceOf } from "./problems";

/** A quiet block of the height that the content will have, so that nothing jumps when it comes. */
export function Loading({ label, className = "h-40" }: { label: string; className?: string }): ReactNode {
  return (
    <div role="status" aria-label={label} className={`skeleton rounded-xl ${className}`}>
      <span className="sr-only">{label}</span>
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  return (
    <div
      role="alert"
      className="flex flex-col items-start gap-3 rounded-xl bg-warn p-4 text-sm text-warn-ink"
    >
      <p>{sentenceOf(problemIn(error))}</p>
      <button type="button" className="button" onClick={onRetry}>
        {text.tryAgain}
      </button>
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }): ReactNode {
  return <p className="rounded-xl bg-raised p-6 text-center text-sm text-muted">{children}</p>;
}

interface Listing<Item> {
  query: Pick<UseQueryResult, "isError" | "error" | "refetch">;
  items: readonly Item[] | undefined;
  /** What to say when there are none. */
  none: string;
  children: (items: readonly Item[]) => ReactNode;
}

/** A list of the API's, or what stands for it until it is here. */
export function Listed<Item>({ query, items, none, children }: Listing<Item>): ReactNode {
  if (items !== undefined) return items.length === 0 ? <Empty>{none}</Empty> : children(items);
  if (query.isError) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading label={text.loading} className="h-24" />;
}

export function SignInFirst({ why }: { why: string }): ReactNode {
  return (
    <div className="card flex flex-col items-start gap-4 p-6">
      <p className="text-muted">{why}</p>
      <button type="button" className="button-primary px-6" onClick={() => openTicket({})}>
        {text.signUp}
      </button>
    </div>
  );
}
