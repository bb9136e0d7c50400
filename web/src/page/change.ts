/** From one amount to another: which way, by how much, and by how much of it. */
import { type Micro } from "../market/micro";

export interface Change {
  way: "up" | "down" | "same";
  /** Without its sign. */
  size: Micro;
  /** Micro per cents of the first amount, without the sign; null when that was nothing. */
  percent: Micro | null;
}

const PERCENT = 100_000_000n;

export function changeOf(from: Micro, to: Micro): Change {
  return { ...wayOf(to - from), percent: from === 0n ? null : (sizeOf(to - from) * PERCENT) / from };
}

/** A difference that is known as such. */
export function wayOf(difference: Micro): Pick<Change, "way" | "size"> {
  const way = difference > 0n ? "up" : difference < 0n ? "down" : "same";
  return { way, size: sizeOf(difference) };
}

function sizeOf(difference: Micro): Micro {
  return difference < 0n ? -difference : difference;
}
