/** Amounts that keep their width: what changes twice a second must not move, and must not move what stands beside it. */

/** As wide as a digit, and as a comma: the free place of what is not there. */
const NO_DIGIT = "\u2007";
const NO_COMMA = "\u2008";

const AMOUNT = /^[+−±]?(?<whole>[0-9,]+)/u;

/** An amount, written as wide as the largest one with so many whole digits. A larger one takes what it needs. */
export function roomy(shown: string, digits: number): string {
  const whole = AMOUNT.exec(shown)?.groups?.["whole"];
  if (whole === undefined) return shown;
  const widest = "9".repeat(digits).replace(/\B(?=(?:9{3})+$)/g, ",");
  const missing = widest.slice(0, Math.max(0, widest.length - whole.length));
  return missing.replaceAll("9", NO_DIGIT).replaceAll(",", NO_COMMA) + shown;
}
