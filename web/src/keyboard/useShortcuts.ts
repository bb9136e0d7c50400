import { useEffect } from "react";
import type { Biome } from "../api/types";
import { announce } from "../page/announcements";
import { go, routeOf } from "../routing";
import { BIOME_NAMES, ticketText } from "../strings";
import { changeTicket, clearTicket, openTicket, readTicket } from "../trade/ticket";
import { readSingleKeys, showHelp } from "./help";
import { shortcutOf, type Shortcut } from "./shortcuts";

const TAKES_LETTERS =
  "input:not([type=radio], [type=checkbox], [type=button]), textarea, select, [contenteditable]";
const OTHER_DIALOG = "dialog[open]:not(.sheet), [role=dialog], [role=alertdialog]";

export function useShortcuts(): void {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const focused = document.activeElement;
  const shortcut = shortcutOf(event, {
    typing: focused?.matches(TAKES_LETTERS) === true,
    covered: document.querySelector(OTHER_DIALOG) !== null,
    singleKeys: readSingleKeys(),
  });
  if (shortcut === null) return;
  if (shortcut.does === "clear") clearFocused(focused);
  else {
    // The letter must not end up in the field that gets the focus.
    event.preventDefault();
    follow(shortcut);
  }
}

function follow(shortcut: Exclude<Shortcut, { does: "clear" }>): void {
  if (shortcut.does === "help") showHelp(true);
  else if (shortcut.does === "open-ticket") openTicket({ side: shortcut.side });
  else choose(shortcut.biome);
}

/** On a biome's page, the page goes along. */
function choose(biome: Biome): void {
  changeTicket({ biome });
  if (routeOf(window.location.hash).view === "biome") go({ view: "biome", biome });
  else if (!readTicket().open) announce(ticketText.ticketIsAbout(BIOME_NAMES[biome]));
}

/** An open sheet is closed by the browser itself. In the column, Esc takes back what was typed, and then lets go. */
function clearFocused(focused: Element | null): void {
  const { open, draft } = readTicket();
  if (open || !(focused instanceof HTMLElement) || focused.closest("#trade") === null) return;
  if (draft.quantity === "" && draft.limit === "") focused.blur();
  else clearTicket();
}
