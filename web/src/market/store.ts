/** The one store: fed by the stream, read by every component. */
import { useSyncExternalStore } from "react";
import { INITIAL, reduce, type MarketEvent, type MarketState } from "./state";

export interface MarketStore {
  read: () => MarketState;
  subscribe: (listener: () => void) => () => void;
  dispatch: (event: MarketEvent) => void;
}

export function createMarketStore(): MarketStore {
  let state = INITIAL;
  const listeners = new Set<() => void>();
  return {
    read: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch: (event) => {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
  };
}

export const marketStore = createMarketStore();

/** The part of the state that `select` picks; the component renders again only when that part changes. */
export function useMarket<T>(select: (state: MarketState) => T): T {
  return useSyncExternalStore(marketStore.subscribe, () => select(marketStore.read()));
}
