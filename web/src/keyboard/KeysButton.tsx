import type { ReactNode } from "react";
import { ticketText } from "../strings";
import { showHelp } from "./help";

/** The visible hint that there are keys; only where there is likely to be a keyboard. */
export function KeysButton(): ReactNode {
  return (
    <button type="button" className="keys-button" onClick={() => showHelp(true)}>
      <kbd>?</kbd> {ticketText.keysHint}
    </button>
  );
}
