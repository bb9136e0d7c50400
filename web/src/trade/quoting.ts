/** What the order in the ticket would do now: asked of the API once the typing pauses, and again while the form stands. */
import { useEffect, useState } from "react";
import { skipToken, useQuery } from "@tanstack/react-query";
import { get, post } from "../api/client";
import type { components } from "../api/schema";
import { bodyOf } from "../api/queries";
import { useMarket } from "../market/store";
import { checkDraft, type Draft, type Means } from "./draft";
import { estimateOf, expectedOf, type Expected } from "./expected";

type QuoteOf = components["schemas"]["QuoteOf"];

/** Milliseconds of silence after a key before the API is asked. */
const PAUSE_MS = 250;
/** Milliseconds between two quotes of the same draft: the market moves every half second, an eye does not need them all. */
const AGAIN_MS = 2_000;
/** Milliseconds for which the fee is taken as known. An operator changes it once in a blue moon. */
const FEE_STALE_MS = 60_000;

/** Null while there is no quantity. The API's answer for exactly this draft, or else the page's own estimate. */
export function useExpected(draft: Draft, means: Means, feeBp: number | null): Expected | null {
  const live = useMarket((state) => state.connection === "live");
  const player = useMarket((state) => state.player?.id);
  const key = `${player} ${draft.biome} ${draft.side} ${draft.unit} ${draft.quantity.trim()} ${draft.limit.trim()}`;
  const settled = useSettled(key);
  const asked = quoteOf(draft, means);
  const quote = useQuery({
    queryKey: ["quote", key],
    // The body may say more than the key: what a buy in shares pays at most moves along with the price.
    queryFn:
      live && asked !== null && settled === key
        ? ({ signal }) => bodyOf(post("/api/v1/biome-market/quote", asked, { signal }))
        : skipToken,
    refetchInterval: AGAIN_MS,
    staleTime: AGAIN_MS,
    gcTime: 0,
    retry: false,
  });
  const estimated = estimateOf(draft, means, feeBp);
  return quote.data === undefined || quote.isError || asked === null ? estimated : expectedOf(quote.data);
}

/** The market's fee in hundredths of a per cent; null while it is not known. */
export function useFeeBp(): number | null {
  const fee = useQuery({
    queryKey: ["fee"],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/biome-market/ticks", { query: { limit: 1 }, signal })),
    staleTime: FEE_STALE_MS,
    select: ({ ticks }) => ticks.at(-1)?.fee_bp ?? null,
  });
  return fee.data ?? null;
}

/** The body to ask with; null when the draft cannot be sent: then the API is not asked to refuse it. */
function quoteOf(draft: Draft, means: Means): QuoteOf | null {
  const checked = checkDraft(draft, means, "");
  if (!checked.ok) return null;
  const { client_order_id: _, ...terms } = checked.request.body;
  return { ...terms, side: checked.request.side } as QuoteOf;
}

/** The value after it has stayed the same for a moment; null until the first one has. */
function useSettled(value: string): string | null {
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}
