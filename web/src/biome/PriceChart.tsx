/** The chart in the page. It comes with its library, so it is loaded when it is first shown. */
import { useEffect, useRef, type ReactNode } from "react";
import type { Bar } from "./bars";
import { drawChart, type Drawing, type Kind } from "./chart";

interface Props {
  bars: readonly Bar[];
  /** Bars of another view are shown from their own beginning. */
  view: string;
  kind: Kind;
  /** The chart in a sentence, for those who do not see it. */
  label: string;
  onPoint: (start: number | null) => void;
  onPick: (start: number) => void;
}

export function PriceChart({ bars, view, kind, label, onPoint, onPick }: Props): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const listeners = useRef({ onPoint, onPick });

  useEffect(() => {
    listeners.current = { onPoint, onPick };
  }, [onPoint, onPick]);

  useEffect(() => {
    if (container.current === null) return undefined;
    const made = drawChart(container.current, {
      onPoint: (start) => listeners.current.onPoint(start),
      onPick: (start) => listeners.current.onPick(start),
    });
    drawing.current = made;
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", made.paint);
    return () => {
      scheme.removeEventListener("change", made.paint);
      drawing.current = null;
      made.remove();
    };
  }, []);

  useEffect(() => drawing.current?.show(kind), [kind]);
  useEffect(() => drawing.current?.draw(bars, view), [bars, view]);

  return <div ref={container} role="img" aria-label={label} className="size-full" />;
}
