/** The chart itself, without React: made once, then only given what has changed. */
import {
  CandlestickSeries,
  ColorType,
  createChart,
  createTextWatermark,
  AreaSeries,
  HistogramSeries,
  LastPriceAnimationMode,
  TickMarkType,
  type IChartApi,
  type ISeriesApi,
  type MouseEventParams,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { MICRO, showMicro, type Micro } from "../market/micro";
import { biomeText } from "../strings";
import { decimalsFor, markOf, momentOf } from "../page/axis";
import { grown } from "../page/letters";
import { firstChange, type Bar } from "./bars";
import { coloursOf, transparent, type Colours } from "./colours";

export type Kind = "candles" | "line";

interface Listeners {
  /** The start of the bar under the pointer; null when there is none. */
  onPoint: (start: number | null) => void;
  onPick: (start: number) => void;
}

export interface Drawing {
  /** Bars to show; those of another view (another range) are shown from their own beginning. */
  draw: (bars: readonly Bar[], view: string) => void;
  show: (kind: Kind) => void;
  /** Colours from the page's variables, which follow the colour scheme. */
  paint: () => void;
  remove: () => void;
}

/** Bars for which there is room at least: a market's first minutes grow from the right, not blown up to the whole width. */
const LEAST_SLOTS = 36;
/** Heights of the panes in proportion: price, volume, attention. */
const PANES = [9, 2, 2] as const;
const LABEL_SIZE = 11;
/** Between a pane's upper edge and its label. */
const LABEL_MARGIN = 5;
/** Room for the longest price, so that the plot does not jump when a digit comes or goes. */
const SCALE_WIDTH = 68;

/** A float is good enough for the height of a bar; money is never counted in it. */
function heightOf(amount: Micro): number {
  return Number(amount) / Number(MICRO);
}

function timeOf({ start }: Bar): UTCTimestamp {
  return (start / 1000) as UTCTimestamp;
}

function msOf(time: Time): number {
  return Number(time) * 1000;
}

export function drawChart(container: HTMLElement, listeners: Listeners): Drawing {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = emptyChart(container, still);
  const series = addSeries(chart, still);
  const labels = addLabels(chart);
  let drawn: readonly Bar[] = [];
  let seen = "";

  chart.subscribeCrosshairMove(({ time }: MouseEventParams) => {
    listeners.onPoint(time === undefined ? null : msOf(time));
  });
  chart.subscribeClick(({ time }: MouseEventParams) => {
    if (time !== undefined) listeners.onPick(msOf(time));
  });

  function draw(bars: readonly Bar[], view: string): void {
    const from = view === seen ? firstChange(drawn, bars) : 0;
    const onlyNews = drawn.length > 0 && from >= drawn.length - 1 && bars.length >= drawn.length;
    if (onlyNews) for (const bar of bars.slice(from)) series.update(bar);
    else series.replace(bars);
    drawn = bars;
    if (view === seen || bars.length === 0) return;
    seen = view;
    const slots = Math.max(bars.length, LEAST_SLOTS);
    chart.timeScale().setVisibleLogicalRange({ from: bars.length - slots - 0.5, to: bars.length + 1 });
  }

  function paint(): void {
    const colours = coloursOf(container);
    chart.applyOptions(chartColours(colours));
    series.paint(colours);
    labels.paint(colours);
  }

  paint();
  return { draw, paint, show: series.show, remove: () => chart.remove() };
}

function emptyChart(container: HTMLElement, still: boolean): IChartApi {
  return createChart(container, {
    autoSize: true,
    // The page's footer names the makers: their logo brings a style element, which the page's policy forbids.
    layout: { attributionLogo: false, fontSize: grown(LABEL_SIZE), panes: { enableResize: false } },
    // The wheel and a finger up or down move the page, as everywhere else on it.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
    kineticScroll: { touch: !still, mouse: false },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, minimumWidth: grown(SCALE_WIDTH) },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      rightOffset: 1,
      tickMarkFormatter: (time: Time, type: TickMarkType) => markOf(msOf(time), type < TickMarkType.Time),
    },
    localization: { timeFormatter: (time: Time) => momentOf(msOf(time)) },
  });
}

function chartColours({ ground, muted, line }: Colours): Parameters<IChartApi["applyOptions"]>[0] {
  return {
    layout: {
      background: { type: ColorType.Solid, color: ground },
      textColor: muted,
      fontFamily: "ui-sans-serif, system-ui, sans-serif",
      panes: { separatorColor: line, separatorHoverColor: line },
    },
    grid: { vertLines: { color: transparent(line, 0.5) }, horzLines: { color: transparent(line, 0.5) } },
    crosshair: {
      vertLine: { color: muted, labelBackgroundColor: muted },
      horzLine: { color: muted, labelBackgroundColor: muted },
    },
  };
}

interface AllSeries {
  replace: (bars: readonly Bar[]) => void;
  update: (bar: Bar) => void;
  show: (kind: Kind) => void;
  paint: (colours: Colours) => void;
}

/** Candles and line are both there, one of them hidden, so that changing between them is at once. */
function addSeries(chart: IChartApi, still: boolean): AllSeries {
  const candles = chart.addSeries(CandlestickSeries, {}, 0);
  const line = chart.addSeries(AreaSeries, { visible: false, lineWidth: 2 }, 0);
  const volume = chart.addSeries(HistogramSeries, { ...amountsBelow, lastValueVisible: false }, 1);
  const attention = chart.addSeries(HistogramSeries, { ...amountsBelow, lastValueVisible: false }, 2);
  PANES.forEach((part, pane) => chart.panes()[pane]?.setStretchFactor(part));
  for (const below of [volume, attention])
    below.priceScale().applyOptions({ scaleMargins: { top: 0.3, bottom: 0 } });
  const prices = priceDecimals(candles, line);
  return {
    replace: (bars) => {
      prices.fit(bars.at(-1));
      candles.setData(bars.map(candleOf));
      line.setData(bars.map((bar) => ({ time: timeOf(bar), value: heightOf(bar.close) })));
      volume.setData(bars.map((bar) => ({ time: timeOf(bar), value: heightOf(bar.volume) })));
      attention.setData(bars.map((bar) => ({ time: timeOf(bar), value: bar.attention })));
    },
    update: (bar) => {
      candles.update(candleOf(bar));
      line.update({ time: timeOf(bar), value: heightOf(bar.close) });
      volume.update({ time: timeOf(bar), value: heightOf(bar.volume) });
      attention.update({ time: timeOf(bar), value: bar.attention });
    },
    show: (kind) => {
      candles.applyOptions({ visible: kind === "candles" });
      line.applyOptions({
        visible: kind === "line",
        // A line that is hidden would still pulse.
        lastPriceAnimation:
          kind === "line" && !still ? LastPriceAnimationMode.OnDataUpdate : LastPriceAnimationMode.Disabled,
      });
    },
    paint: ({ ground, up, down, biome, muted }) => {
      // What rises is hollow and what falls is filled: told apart without colours too.
      candles.applyOptions({
        upColor: ground,
        borderUpColor: up,
        wickUpColor: up,
        downColor: down,
        borderDownColor: down,
        wickDownColor: down,
        priceLineColor: biome,
      });
      line.applyOptions({
        lineColor: biome,
        topColor: transparent(biome, 0.3),
        bottomColor: transparent(biome, 0.02),
      });
      volume.applyOptions({ color: transparent(muted, 0.7) });
      attention.applyOptions({ color: biome });
    },
  };
}

const amountsBelow = { priceLineVisible: false, priceFormat: { type: "volume", precision: 0 } } as const;

function candleOf(bar: Bar): { time: UTCTimestamp; open: number; high: number; low: number; close: number } {
  return {
    time: timeOf(bar),
    open: heightOf(bar.open),
    high: heightOf(bar.high),
    low: heightOf(bar.low),
    close: heightOf(bar.close),
  };
}

/** As many decimals on the price axis as the latest price needs. */
function priceDecimals(
  candles: ISeriesApi<"Candlestick">,
  line: ISeriesApi<"Area">,
): { fit: (last: Bar | undefined) => void } {
  let fitted: number | null = null;
  return {
    fit: (last) => {
      const precision = decimalsFor(last?.close ?? MICRO);
      if (precision === fitted) return;
      fitted = precision;
      // Cut, not rounded, as everywhere on the page.
      const formatter = (price: number): string =>
        showMicro(BigInt(Math.round(price * Number(MICRO))), precision);
      const priceFormat = { type: "custom", formatter, minMove: 10 ** -precision } as const;
      candles.applyOptions({ priceFormat });
      line.applyOptions({ priceFormat });
    },
  };
}

/** What the two lower panes show, written in their corner. */
function addLabels(chart: IChartApi): { paint: (colours: Colours) => void } {
  const written = [biomeText.volumeLabel, biomeText.attentionLabel].flatMap((label, index) => {
    const pane = chart.panes()[index + 1];
    if (pane === undefined) return [];
    return { label, mark: createTextWatermark(pane, { horzAlign: "left", vertAlign: "top", lines: [] }) };
  });
  return {
    paint: ({ muted }) => {
      for (const { label, mark } of written) {
        const above = { text: " ", fontSize: grown(LABEL_MARGIN) };
        mark.applyOptions({ lines: [above, { text: label, color: muted, fontSize: grown(LABEL_SIZE) }] });
      }
    },
  };
}
