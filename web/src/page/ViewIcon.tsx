import type { ReactNode } from "react";

/** Strokes of the small signs in the tab bar, on a ground of 24 by 24. */
const SIGNS: Record<string, string> = {
  floor: "M4 18V9m5 9V5m6 13v-7m5 7V8",
  portfolio: "M12 3v9h9A9 9 0 1 1 12 3zm4 1a9 9 0 0 1 4 4h-4z",
  leaderboard: "M8 21h8m-4-4v4m-5-17h10v5a5 5 0 0 1-10 0zm0 1H4c0 4 1 5 3 5m10-5h3c0 4-1 5-3 5",
  proof: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6zm-3 9 2 2 4-4",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 9c0-4 3-6 8-6s8 2 8 6",
  admin: "M4 7h8m6 0h2M4 17h2m6 0h8M15 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM9 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
};

export function ViewIcon({ view }: { view: string }): ReactNode {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className="size-5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={SIGNS[view]} />
    </svg>
  );
}
