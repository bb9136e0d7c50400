import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { adminText } from "../strings/admin";

type Pages = Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;

/** Under a list that comes page by page: the way to its next page, if there is one. */
export function Older({ pages }: { pages: Pages }): ReactNode {
  if (!pages.hasNextPage) return null;
  return (
    <button
      type="button"
      className="button self-start"
      disabled={pages.isFetchingNextPage}
      onClick={() => void pages.fetchNextPage()}
    >
      {adminText.older}
    </button>
  );
}
