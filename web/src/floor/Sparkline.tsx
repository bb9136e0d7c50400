import type { ReactNode } from "react";
import type { TrailPoint } from "../market/state";

/** Ticks that the picture spans at least: a visitor's first seconds grow from the right edge, not stretched to a storm. */
const LEAST_TICKS = 40;
const HEIGHT = 40;
/** Room above and below the line, so that its stroke is not cut off. */
const MARGIN = 3;
/** A price that hardly moves must not look like a storm: the picture never shows less than this part of the price. */
const LEAST_RANGE = 0.002;

/** The line's points, the newest at the right edge, scaled to the range that was seen. */
export function linePoints(trail: readonly TrailPoint[], width: number): string {
  const prices = trail.map(({ price }) => price);
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  const range = Math.max(high - low, high * LEAST_RANGE, Number.MIN_VALUE);
  const middle = (high + low) / 2;
  const left = width - trail.length;
  return prices
    .map((price, index) => {
      const y = HEIGHT / 2 - ((price - middle) / range) * (HEIGHT - 2 * MARGIN);
      return `${left + index + 1},${y.toFixed(2)}`;
    })
    .join(" ");
}

export function Sparkline({ trail, label }: { trail: readonly TrailPoint[]; label: string }): ReactNode {
  const width = Math.max(trail.length, LEAST_TICKS);
  const points = trail.length > 1 ? linePoints(trail, width) : "";
  return (
    <svg
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className="size-full text-biome"
    >
      {points !== "" && (
        <>
          <polygon
            points={`${width - trail.length + 1},${HEIGHT} ${points} ${width},${HEIGHT}`}
            fill="currentColor"
            opacity=".12"
          />
          <polyline
            points={points}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  );
}
