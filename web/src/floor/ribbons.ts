/** The picture of the pot: where each biome's part begins and ends on two ribbons, and the shape of the flow between them. */

/** Per cent of a ribbon's width. */
export interface Part {
  from: number;
  to: number;
}

/** Points down each side of a flow: enough for a smooth curve, and always as many, so that the shape can be animated. */
const STEPS = 12;

/** Parts side by side in proportion to the weights. */
export function partsOf(weights: readonly number[]): readonly Part[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  return weights.map((weight) => {
    const from = all === 0 ? 0 : (reached / all) * 100;
    reached += weight;
    return { from, to: all === 0 ? 0 : (reached / all) * 100 };
  });
}

/** A CSS polygon from one part above to one part below. */
export function flowBetween(above: Part, below: Part): string {
  const steps = Array.from({ length: STEPS + 1 }, (_, index) => index / STEPS);
  const side = (top: number, bottom: number): string[] =>
    steps.map((step) => `${(top + (bottom - top) * smooth(step)).toFixed(2)}% ${(step * 100).toFixed(1)}%`);
  return `polygon(${[...side(above.from, below.from), ...side(above.to, below.to).toReversed()].join(", ")})`;
}

/** From 0 to 1, slow at both ends. */
function smooth(step: number): number {
  return step * step * (3 - 2 * step);
}
