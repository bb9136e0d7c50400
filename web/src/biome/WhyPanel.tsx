import { useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { problemIn } from "../api/queries";
import { useMarket } from "../market/store";
import { Empty, Failed, Loading } from "../page/states";
import { BIOME_NAMES, biomeText } from "../strings";
import { secondOf } from "../page/axis";
import { NOT_THERE, useExplanation, type Explanation } from "./explanation";
import { ReceiptFacts } from "./ReceiptFacts";
import { ReceiptTable } from "./ReceiptTable";
import { TickList } from "./TickList";
import { Story } from "./Story";

/** Ticks between two explanations while the market is followed: two seconds, in which a sentence can be read. */
const STEP = 4;
/** Ticks for which a failure stays to be read before the next one is asked about: ten seconds. */
const AFTER_FAILURE = 20;

interface Props {
  biome: Biome;
  /** The tick that the person chose; null while the market is followed. */
  picked: number | null;
  onPick: (tick: number | null) => void;
}

export function WhyPanel({ biome, picked, onPick }: Props): ReactNode {
  const newest = useMarket(({ tick }) =>
    tick === null ? null : Math.max(1, Math.floor((tick - 1) / STEP) * STEP),
  );
  const [followed, setFollowed] = useState(newest);
  const { data, error, isFetching, isPlaceholderData, refetch } = useExplanation(biome, picked ?? followed);
  // The next tick waits until this one is explained: with a slow API, none would ever be.
  const wait = error === null ? 0 : AFTER_FAILURE;
  const due = newest !== null && (followed === null || Math.abs(newest - followed) > wait);
  if (due && !isFetching) setFollowed(newest);
  return (
    <section aria-labelledby="why" className="card flex flex-col gap-4 p-4 sm:p-5">
      <div className="flex min-h-10 flex-wrap items-center gap-x-4 gap-y-2">
        <h3 id="why" className="text-lg font-semibold">
          {biomeText.why}
        </h3>
        <p className="mr-auto min-w-40 text-sm tabular-nums text-muted">
          {data !== undefined &&
            biomeText.ofTick(data.tick.toLocaleString("en"), secondOf(Date.parse(data.closedAt)))}
        </p>
        {picked === null ? (
          <p className="text-sm text-muted">{biomeText.following}</p>
        ) : (
          <button type="button" className="button" onClick={() => onPick(null)}>
            {biomeText.followNewest}
          </button>
        )}
      </div>
      <div className="grid items-start gap-x-8 gap-y-6 xl:grid-cols-[minmax(0,1fr)_21rem]">
        <div
          aria-busy={isPlaceholderData && picked !== null}
          className={`flex flex-col gap-6 ${error === null ? "min-h-[46rem] sm:min-h-[36rem]" : ""} ${isPlaceholderData && picked !== null ? "opacity-60" : ""}`}
        >
          <Explained
            biome={biome}
            explanation={data}
            error={error}
            onRetry={() => {
              void refetch();
            }}
          />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <TickList biome={biome} explained={data?.tick ?? null} picked={picked} onPick={onPick} />
          {data !== undefined && error === null && <ReceiptFacts explanation={data} />}
        </div>
      </div>
    </section>
  );
}

function Explained({
  biome,
  explanation,
  error,
  onRetry,
}: {
  biome: Biome;
  explanation: Explanation | undefined;
  error: unknown;
  onRetry: () => void;
}): ReactNode {
  if (error !== null) return <NotExplained error={error} onRetry={onRetry} />;
  if (explanation === undefined) return <Loading label={biomeText.whyLoading} className="flex-1" />;
  return (
    <>
      <Story name={BIOME_NAMES[biome]} explanation={explanation} />
      <ReceiptTable name={BIOME_NAMES[biome]} explanation={explanation} />
    </>
  );
}

function NotExplained({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactNode {
  switch (problemIn(error).code) {
    case "TICK_NOT_KEPT":
      return <Empty>{biomeText.notKept}</Empty>;
    case NOT_THERE:
      return <Empty>{biomeText.notThere}</Empty>;
    default:
      return <Failed error={error} onRetry={onRetry} />;
  }
}
