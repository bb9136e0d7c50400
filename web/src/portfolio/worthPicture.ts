/** Where the points of the net worth stand in the picture. Floats are for pixels alone; what is read out stays exact. */
import type { Micro } from "../market/micro";

export interface WorthPoint {
  /** Milliseconds since the epoch. */
  at: number;
  netWorth: Micro;
  cash: Micro;
}

export interface Frame {
  width: number;
  height: number;
}

export interface Mark {
  at: number;
  /** Pixels. */
  position: number;
}

export interface WorthPicture {
  xs: readonly number[];
  ys: readonly number[];
  line: string;
  area: string;
  /** Net worths at which a line of the grid stands. */
  levels: readonly { amount: Micro; y: number }[];
}

/** Room above and below the line, as a part of its own height. */
const MARGIN = 0.12;
/** A net worth that hardly moves is not blown up to fill the picture: the least height is this part of it. */
const LEAST_PART = 500n;
const LEVELS = 4;

export function worthPicture(
  points: readonly WorthPoint[],
  frame: Frame,
  span: { from: number; to: number },
): WorthPicture {
  const { low, high } = bounds(points);
  const height = Number(high - low);
  const yOf = (amount: Micro): number => (1 - Number(amount - low) / height) * frame.height;
  const length = Math.max(1, span.to - span.from);
  const xs = points.map(({ at }) => clamp((at - span.from) / length) * frame.width);
  const ys = points.map(({ netWorth }) => yOf(netWorth));
  const line = xs.map((x, index) => `${index === 0 ? "M" : "L"}${px(x)} ${px(ys[index] ?? 0)}`).join("");
  const base = px(frame.height);
  const area = line === "" ? "" : `${line}L${px(xs.at(-1) ?? 0)} ${base}L${px(xs[0] ?? 0)} ${base}Z`;
  return { xs, ys, line, area, levels: levelsOf(low, high).map((amount) => ({ amount, y: yOf(amount) })) };
}

function bounds(points: readonly WorthPoint[]): { low: Micro; high: Micro } {
  const worths = points.map(({ netWorth }) => netWorth);
  const least = worths.reduce((a, b) => (b < a ? b : a), worths[0] ?? 0n);
  const most = worths.reduce((a, b) => (b > a ? b : a), worths[0] ?? 0n);
  const wanted = most / LEAST_PART + 2n;
  const lacking = most - least < wanted ? (wanted - (most - least)) / 2n : 0n;
  const margin = BigInt(Math.ceil(Number(most - least + 2n * lacking) * MARGIN)) + lacking;
  return { low: least - margin, high: most + margin };
}

/** A few round amounts between the two: 1, 2 or 5 times a power of ten apart. */
export function levelsOf(low: Micro, high: Micro): Micro[] {
  const step = roundStep((high - low) / BigInt(LEVELS));
  const levels: Micro[] = [];
  let first = (low / step) * step;
  if (first < low) first += step;
  for (let level = first; level <= high; level += step) levels.push(level);
  return levels;
}

function roundStep(least: Micro): Micro {
  let power = 1n;
  while (power * 10n <= least) power *= 10n;
  return [1n, 2n, 5n, 10n].map((times) => times * power).find((step) => step >= least) ?? power * 10n;
}

/** Round moments between the two, at most so many. */
export function timeMarks(span: { from: number; to: number }, width: number, most: number): Mark[] {
  const minute = 60_000;
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * minute);
  const length = Math.max(1, span.to - span.from);
  const step = steps.find((each) => length / each <= most) ?? 2880 * minute;
  const offset = new Date(span.to).getTimezoneOffset() * minute;
  const marks: Mark[] = [];
  for (let at = Math.ceil((span.from - offset) / step) * step + offset; at <= span.to; at += step)
    marks.push({ at, position: ((at - span.from) / length) * width });
  return marks;
}

/** The point that is nearest to a place from the left. */
export function nearest(xs: readonly number[], x: number): number {
  let best = 0;
  for (const [index, each] of xs.entries())
    if (Math.abs(each - x) < Math.abs((xs[best] ?? 0) - x)) best = index;
  return best;
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}

function px(value: number): string {
  return value.toFixed(1);
}
