import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { showMicro } from "../market/micro";
import { marketStore } from "../market/store";
import { Empty, Failed, Loading } from "../page/states";
import { Segments } from "../page/Segments";
import { BIOME_NAMES, biomeText } from "../strings";
import { shownPrice } from "../page/axis";
import { summaryOf, type Bar } from "./bars";
import { BarTable } from "./BarTable";
import { changeOf } from "../page/change";
import type { Kind } from "./chart";
import { Legend } from "./Legend";
import { isYounger, RANGES, widthFor, type Range, type Width } from "./ranges";
import { useBars } from "./useBars";

const PriceChart = lazy(async () => ({ default: (await import("./PriceChart")).PriceChart }));

/** What the chart looks at. The width is chosen with the range, and stays while the market grows older. */
interface View {
  range: Range;
  width: Width;
}

interface Props {
  biome: Biome;
  onExplain: (tick: number) => void;
}

export function ChartCard({ biome, onExplain }: Props): ReactNode {
  const [view, setView] = useState<View>({ range: "1h", width: "1m" });
  const [kind, setKind] = useState<Kind>("candles");

  function look(range: Range): void {
    setView({ range, width: widthFor(range, marketStore.read().tick ?? 0) });
  }

  return (
    <section aria-labelledby="chart" className="card flex flex-col gap-3 p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h3 id="chart" className="mr-auto text-lg font-semibold">
          {biomeText.chart}
        </h3>
        <div className="w-full sm:w-72">
          <Segments
            label={biomeText.range}
            name="range"
            value={view.range}
            options={RANGES.map((each) => [each, biomeText.ranges[each]] as const)}
            onChange={look}
          />
        </div>
        <div className="w-full sm:w-44">
          <Segments label={biomeText.kind} name="kind" value={kind} options={KINDS} onChange={setKind} />
        </div>
      </div>
      <Plot biome={biome} view={view} kind={kind} onExplain={onExplain} />
    </section>
  );
}

const KINDS = [
  ["candles", biomeText.candles],
  ["line", biomeText.line],
] as const;

function Plot({ biome, view, kind, onExplain }: Props & { view: View; kind: Kind }): ReactNode {
  const { range, width } = view;
  const { bars, error, retry } = useBars(biome, range, width);
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = bars ?? NO_BARS;
  const newest = shown.at(-1);
  const bar = shown.find(({ start }) => start === pointed) ?? newest;
  const sentence = useMemo(() => sentenceOf(biome, range, shown), [biome, range, shown]);
  const younger = isYounger(
    shown.map(({ start }) => start),
    range,
    width,
  );

  function pick(start: number): void {
    const picked = shown.find((each) => each.start === start);
    if (picked !== undefined) onExplain(picked.lastTick);
  }

  return (
    <>
      <Legend bar={bar} live={bar !== undefined && bar === newest} width={width} />
      <div className="relative h-88 sm:h-112">
        <Suspense fallback={null}>
          <PriceChart
            bars={shown}
            view={`${range} ${width}`}
            kind={kind}
            label={sentence}
            onPoint={setPointed}
            onPick={pick}
          />
        </Suspense>
        {shown.length === 0 && (
          <div className="absolute inset-0 z-10 flex flex-col justify-center bg-surface">
            <Missing loading={bars === null} error={error} onRetry={retry} />
          </div>
        )}
      </div>
      <p className="min-h-10 text-sm text-muted sm:min-h-5">
        {younger && `${biomeText.chartYoung} `}
        {shown.length > 0 && biomeText.pickHint}
      </p>
      <BarTable biome={biome} bars={shown} width={width} onExplain={onExplain} />
    </>
  );
}

const NO_BARS: readonly Bar[] = [];

function Missing({
  loading,
  error,
  onRetry,
}: {
  loading: boolean;
  error: unknown;
  onRetry: () => void;
}): ReactNode {
  if (error !== null) return <Failed error={error} onRetry={onRetry} />;
  return loading ? (
    <Loading label={biomeText.chartLoading} className="size-full" />
  ) : (
    <Empty>{biomeText.chartEmpty}</Empty>
  );
}

/** The chart in words, for those who do not see it. */
function sentenceOf(biome: Biome, range: Range, bars: readonly Bar[]): string {
  const summary = summaryOf(bars);
  if (summary === null) return biomeText.chartEmpty;
  const { from, to, high, low } = summary;
  const { way, percent } = changeOf(from, to);
  const change =
    way === "same" || percent === null ? biomeText.unchanged : biomeText.changed[way](showMicro(percent));
  const name = BIOME_NAMES[biome];
  const whole = biomeText.summary(
    name,
    biomeText.rangeWords[range],
    shownPrice(from),
    shownPrice(to),
    change,
  );
  return `${whole} ${biomeText.summaryRange(shownPrice(high), shownPrice(low))}`;
}
