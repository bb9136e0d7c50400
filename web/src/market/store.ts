/** The one store: fed by the stream, read by every component. */
import { useSyncExternalStore } from "react";
import { observable } from "./observable";
import { INITIAL, reduce, type MarketEvent, type MarketState } from "./state";

const state = observable<MarketState>(INITIAL);

export const marketStore = {
  read: state.read,
  subscribe: state.subscribe,
  dispatch: (event: MarketEvent): void => state.set(reduce(state.read(), event)),
};

/** The part of the state that `select` picks; the component renders again only when that part changes. */
export function useMarket<T>(select: (state: MarketState) => T): T {
  return useSyncExternalStore(marketStore.subscribe, () => select(marketStore.read()));
}
