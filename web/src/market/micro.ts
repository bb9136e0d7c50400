/**
 * Amounts as whole micro units (1 BDT or share = 1,000,000) in BigInt, as the market itself counts.
 * The API's decimal strings are read into it and written from it; a float never holds money here.
 */
export type Micro = bigint;

export const MICRO = 1_000_000n;

/** The API's own grammar: at most thirteen whole digits and six decimals, no exponent, no plus sign. */
const DECIMAL = /^(-?)(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,6}))?$/;

/** Micro units of a decimal string; null when the text is not one. */
export function parseMicro(text: string): Micro | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const micro = BigInt(match[2] ?? "0") * MICRO + BigInt((match[3] ?? "").padEnd(6, "0"));
  return match[1] === "-" ? -micro : micro;
}

/** Micro units of an amount that the API gave. Throws for anything else: that is a fault of ours. */
export function readMicro(text: string): Micro {
  const micro = parseMicro(text);
  if (micro === null) throw new Error(`The API gave an amount that is not a decimal string: ${text}`);
  return micro;
}

/** The exact decimal string of micro units, with at least two decimals, as the API writes it. */
export function writeMicro(micro: Micro): string {
  const { sign, whole, fraction } = digits(micro);
  return `${sign}${whole}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`;
}

/** For showing: thousands grouped, cut (not rounded up) to so many decimals. */
export function showMicro(micro: Micro, decimals = 2): string {
  const { sign, whole, fraction } = digits(micro);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const shown = `${grouped}${decimals > 0 ? `.${fraction.slice(0, decimals)}` : ""}`;
  return /[1-9]/.test(shown) ? `${sign}${shown}` : shown;
}

/** `part / whole` in tenths of a per cent, rounded down; 0 when the whole is 0. */
export function perMille(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1000n) / whole);
}

/** What so many micro-shares of a market would fetch at its present price, before the fee, rounded down. */
export function valueOf({ shares, cash, total }: { shares: Micro; cash: Micro; total: Micro }): Micro {
  return total === 0n ? 0n : (shares * cash) / total;
}

function digits(micro: Micro): { sign: string; whole: string; fraction: string } {
  const size = micro < 0n ? -micro : micro;
  return {
    sign: micro < 0n ? "-" : "",
    whole: (size / MICRO).toString(),
    fraction: (size % MICRO).toString().padStart(6, "0"),
  };
}
