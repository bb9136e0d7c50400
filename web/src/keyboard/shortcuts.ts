/** What a key means. Pure. */
import type { Biome } from "../api/types";
import { BIOMES } from "../market/biomes";
import type { Side } from "../trade/draft";

export type Shortcut =
  | { does: "open-ticket"; side: Side }
  | { does: "choose-biome"; biome: Biome }
  | { does: "clear" }
  | { does: "help" };

/** As a keyboard event tells it: the sign, and the place of the key on the board. */
export interface Press {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

export interface Situation {
  /** The focus is in something that takes letters. */
  typing: boolean;
  /** A dialog other than the ticket is over the page. */
  covered: boolean;
  /** The player lets single keys be shortcuts. */
  singleKeys: boolean;
}

export function shortcutOf(press: Press, { typing, covered, singleKeys }: Situation): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat || covered) return null;
  if (press.key === "Escape") return { does: "clear" };
  if (typing || !singleKeys) return null;
  if (press.key === "?") return { does: "help" };
  if (isKey(press, "b")) return { does: "open-ticket", side: "buy" };
  if (isKey(press, "s")) return { does: "open-ticket", side: "sell" };
  const biome = BIOMES[numberOf(press) - 1];
  return biome === undefined ? null : { does: "choose-biome", biome };
}

/** By its letter; on a keyboard without Latin letters, by its place. */
function isKey({ key, code }: Press, letter: string): boolean {
  const latin = /^[a-z]$/i.test(key);
  return latin ? key.toLowerCase() === letter : key.length === 1 && code === `Key${letter.toUpperCase()}`;
}

/** By its digit; where digits need the shift key (French keyboards), by its place. 0: none. */
function numberOf({ key, code }: Press): number {
  if (/^[0-9]$/.test(key)) return Number(key);
  const place = /^Digit([0-9])$/.exec(code);
  return place === null || key.length !== 1 ? 0 : Number(place[1]);
}
