import type { ReactNode } from "react";

/** A tick mark or a cross: they differ by shape as well as by colour. */
export function Sign({ well, className = "size-4" }: { well: boolean; className?: string }): ReactNode {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      className={`${className} shrink-0 ${well ? "text-up" : "text-down"}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2.25"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={well ? "m3 8.5 3.5 3.5L13 4.5" : "m4 4 8 8m0-8-8 8"} />
    </svg>
  );
}
