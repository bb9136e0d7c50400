import { useMemo, useState, type ReactNode } from "react";
import { markOf, momentOf } from "../page/axis";
import { roomy } from "../page/figures";
import { grown } from "../page/letters";
import { showMicro } from "../market/micro";
import { CURRENCY, portfolioText } from "../strings";
import { Gain, GainPercent } from "./Gain";
import { returnOf } from "./statement";
import { useSize } from "./useSize";
import { nearest, timeMarks, worthPicture, type WorthPicture, type WorthPoint } from "./worthPicture";

/** Pixels under the picture, for the times. */
const BELOW = 24;
/** Pixels that a mark of the time axis needs. */
const MARK_WIDTH = 90;
/** Half of its letters: a mark at the edge stays within the picture. */
const HALF_MARK = 18;
/** Half of a line: an amount at the upper edge stays within it as well. */
const HALF_LINE = 7;
const DAY_MS = 86_400_000;
/** Room at the right for the amounts of the grid. */
const RIGHT = 64;

/** An area of the net worth. The pointer, or the arrow keys, read any point of it. */
export function WorthChart({
  points,
  longest,
}: {
  points: readonly WorthPoint[];
  longest: number;
}): ReactNode {
  const [box, size] = useSize<HTMLDivElement>();
  const [chosen, setChosen] = useState<number | null>(null);
  const width = Math.max(0, size.width - grown(RIGHT));
  const height = Math.max(0, size.height - grown(BELOW));
  const span = useMemo(() => spanOf(points, longest), [points, longest]);
  const picture = useMemo(() => worthPicture(points, { width, height }, span), [points, width, height, span]);
  const last = points.length - 1;
  const shown = Math.min(chosen ?? last, last);
  const [first, at] = [points[0], points[shown]];
  if (first === undefined || at === undefined) return null;
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-2">
      <Readout first={first} point={at} present={shown === last} />
      <div
        ref={box}
        className="relative min-h-60 flex-1 rounded-lg sm:min-h-72 has-[:focus-visible]:outline-3 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-accent"
        onPointerMove={(event) =>
          setChosen(nearest(picture.xs, event.clientX - event.currentTarget.getBoundingClientRect().left))
        }
        onPointerLeave={() => setChosen(null)}
      >
        <svg
          role="img"
          aria-label={summaryOf(points)}
          className="absolute inset-0 size-full touch-pan-y overflow-hidden"
        >
          <Grid picture={picture} width={width} />
          <TimeAxis span={span} width={width} height={height} />
          <g className="text-accent">
            <path d={picture.area} fill="currentColor" opacity="0.14" />
            <path d={picture.line} fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
            <Cursor picture={picture} index={shown} height={height} present={shown === last} />
          </g>
        </svg>
        <input
          type="range"
          className="pointer-events-none absolute inset-0 opacity-0"
          aria-label={portfolioText.worthCursor}
          aria-valuetext={readoutOf(at)}
          min={0}
          max={last}
          value={shown}
          onChange={(event) => setChosen(Number(event.currentTarget.value))}
          onBlur={() => setChosen(null)}
        />
      </div>
    </div>
  );
}

/** From the range's beginning, or from the first point where that is younger: no empty half of a picture. */
function spanOf(points: readonly WorthPoint[], longest: number): { from: number; to: number } {
  const to = points.at(-1)?.at ?? 0;
  return { from: Math.max(to - longest, points[0]?.at ?? 0), to };
}

function readoutOf({ at, netWorth, cash }: WorthPoint): string {
  return portfolioText.pointReadout(momentOf(at), showMicro(netWorth), showMicro(cash));
}

function summaryOf(points: readonly WorthPoint[]): string {
  const worths = points.map(({ netWorth }) => netWorth).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const shown = [points[0]?.netWorth, points.at(-1)?.netWorth, worths[0], worths.at(-1)] as const;
  const [first, last, low, high] = shown.map((amount) => showMicro(amount ?? 0n)) as [
    string,
    string,
    string,
    string,
  ];
  return portfolioText.worthSummary(momentOf(points[0]?.at ?? 0), first, last, low, high);
}

function Readout({
  first,
  point,
  present,
}: {
  first: WorthPoint;
  point: WorthPoint;
  present: boolean;
}): ReactNode {
  const change = point.netWorth - first.netWorth;
  return (
    <p className="flex min-h-16 flex-wrap content-start items-baseline gap-x-4 text-sm tabular-nums sm:min-h-10 xl:min-h-6">
      <span className="min-w-28 text-muted">{present ? portfolioText.worthNow : momentOf(point.at)}</span>
      <span>
        <span className="text-muted">{portfolioText.worthOf}</span>{" "}
        <b className="font-semibold">{roomy(showMicro(point.netWorth), 5)}</b> {CURRENCY}
      </span>
      <span>
        <span className="text-muted">{portfolioText.cashOf}</span> {roomy(showMicro(point.cash), 5)}
      </span>
      <span className="flex flex-wrap gap-x-2">
        <Gain amount={change} className="min-w-[12ch]" />
        <GainPercent percent={returnOf(change, first.netWorth)} className="min-w-[9ch]" />
        <span className="text-muted">{portfolioText.sinceStart}</span>
      </span>
    </p>
  );
}

function Grid({ picture, width }: { picture: WorthPicture; width: number }): ReactNode {
  return (
    <g className="text-line" aria-hidden="true">
      {picture.levels.map(({ amount, y }) => (
        <g key={amount.toString()}>
          <path d={`M0 ${y.toFixed(1)}H${width}`} stroke="currentColor" strokeDasharray="2 4" />
          <text
            x={width + grown(8)}
            y={Math.max(y, grown(HALF_LINE))}
            dominantBaseline="central"
            className="fill-muted text-[0.6875rem] tabular-nums"
          >
            {showMicro(amount, amount % 1_000_000n === 0n ? 0 : 2)}
          </text>
        </g>
      ))}
    </g>
  );
}

function TimeAxis({
  span,
  width,
  height,
}: {
  span: { from: number; to: number };
  width: number;
  height: number;
}): ReactNode {
  const half = grown(HALF_MARK);
  const marks = timeMarks(span, width, Math.max(2, Math.floor(width / grown(MARK_WIDTH))));
  return (
    <g aria-hidden="true" className="text-line">
      <path d={`M0 ${height + 0.5}H${width}`} stroke="currentColor" />
      {marks.map(({ at, position }) => (
        <text
          key={at}
          x={Math.min(Math.max(position, half), Math.max(half, width - half))}
          y={height + grown(16)}
          textAnchor="middle"
          className="fill-muted text-[0.6875rem] tabular-nums"
        >
          {markOf(at, isMidnight(at) && span.to - span.from > DAY_MS / 2)}
        </text>
      ))}
    </g>
  );
}

function isMidnight(at: number): boolean {
  const moment = new Date(at);
  return moment.getHours() === 0 && moment.getMinutes() === 0;
}

function Cursor({
  picture,
  index,
  height,
  present,
}: {
  picture: WorthPicture;
  index: number;
  height: number;
  present: boolean;
}): ReactNode {
  const [x, y] = [picture.xs[index] ?? 0, picture.ys[index] ?? 0];
  return (
    <>
      {!present && <path d={`M${x.toFixed(1)} 0V${height}`} stroke="currentColor" strokeDasharray="3 3" />}
      <circle cx={x} cy={y} r="4" fill="currentColor" stroke="var(--surface)" strokeWidth="2" />
    </>
  );
}
