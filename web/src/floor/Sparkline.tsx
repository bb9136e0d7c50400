import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import type { Biome } from "../api/types";
import type { TrailPoint } from "../market/state";
import { useMarket } from "../market/store";
import { BIOME_NAMES, floorText } from "../strings";
import { joinSeries, lineIn } from "./series";

const BOX = { width: 160, height: 48 };
/** Milliseconds between two looks at the day's history: the newest minutes come with the stream. */
const HISTORY_STAYS_MS = 300_000;
const NO_TRAIL: readonly TrailPoint[] = [];

/** The price over the last day: the past from the API, its live end from the stream. */
export function Sparkline({ biome }: { biome: Biome }): ReactNode {
  const trail = useMarket((state) => state.trails[biome]) ?? NO_TRAIL;
  const history = useQuery({
    queryKey: ["price-history", biome, 24],
    queryFn: ({ signal }) =>
      bodyOf(
        get("/api/v1/biome-market/price-history/{biome}", { path: { biome }, query: { hours: 24 }, signal }),
      ),
    staleTime: HISTORY_STAYS_MS,
    refetchInterval: HISTORY_STAYS_MS,
  });
  // Without the past, the live end alone is still a picture: a failed question is not worth an alarm on each tile.
  const points = history.data?.points;
  const line = useMemo(() => lineIn(joinSeries(points ?? [], trail), BOX), [points, trail]);
  return (
    <div className="relative h-12 w-full">
      <svg
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={floorText.trail(BIOME_NAMES[biome])}
        className="size-full overflow-visible text-biome"
      >
        {line !== null && (
          <>
            <line
              x1={line.left}
              x2={BOX.width}
              y1={line.first}
              y2={line.first}
              stroke="var(--muted)"
              strokeWidth="1"
              strokeDasharray="2 4"
              opacity=".6"
              vectorEffect="non-scaling-stroke"
            />
            <polygon
              points={`${line.left},${BOX.height} ${line.points} ${BOX.width},${BOX.height}`}
              fill="currentColor"
              opacity=".14"
            />
            <polyline
              points={line.points}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.75"
              strokeLinejoin="round"
              vectorEffect="non-scaling-stroke"
            />
          </>
        )}
      </svg>
      {line !== null && (
        <span
          aria-hidden="true"
          className="absolute inset-y-0 -right-1 w-2"
          style={{ transform: `translateY(${(line.last / BOX.height) * 100}%)` }}
        >
          <span className="absolute -top-1 size-2 rounded-full bg-biome ring-2 ring-surface" />
        </span>
      )}
    </div>
  );
}
