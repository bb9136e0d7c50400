/** Whether the list of keys is open, and whether single keys are shortcuts at all. */
import { observable, useObservable } from "../market/observable";

/** Single-key shortcuts get in the way of speech input: whoever uses it can switch them off for good. */
const STORED_AS = "biome-market-single-keys";

const helpOpen = observable(false);
const singleKeys = observable(readStored() !== "off");

export function showHelp(open: boolean): void {
  helpOpen.set(open);
}

export function useHelpOpen(): boolean {
  return useObservable(helpOpen);
}

export function allowSingleKeys(allowed: boolean): void {
  singleKeys.set(allowed);
  try {
    localStorage.setItem(STORED_AS, allowed ? "on" : "off");
  } catch {
    // Without storage it holds until the page is closed.
  }
}

export function readSingleKeys(): boolean {
  return singleKeys.read();
}

export function useSingleKeys(): boolean {
  return useObservable(singleKeys);
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}
