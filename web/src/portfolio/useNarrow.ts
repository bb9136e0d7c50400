import { useSyncExternalStore } from "react";

/** Under this width a table of many columns is a list of cards: Tailwind's `lg`. */
const NARROW = window.matchMedia("(max-width: 63.99rem)");

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      NARROW.addEventListener("change", changed);
      return () => NARROW.removeEventListener("change", changed);
    },
    () => NARROW.matches,
  );
}
