import type { ReactNode } from "react";
import { faultSentence, proofText } from "../strings/proof";
import type { Finding, Progress } from "./progress";
import { Sign } from "./Sign";

const LOOKS_BACK = [100, 1_000] as const;

interface Props {
  progress: Progress;
  paused: boolean;
  onPause: () => void;
  onLookBack: (ticks: number) => void;
}

/** The number that grows, and what can be done; or, loudly, what is wrong. */
export function Verdict({ progress, paused, onPause, onLookBack }: Props): ReactNode {
  const well = progress.failed === 0;
  return (
    <div className="card flex flex-col gap-5 p-5 lg:p-6">
      <div className="flex flex-wrap items-center gap-x-8 gap-y-5">
        <div className="flex min-w-0 items-center gap-4">
          <Shield well={well} />
          <p className="min-w-0">
            <span className="block text-4xl font-bold tabular-nums sm:text-5xl" data-testid="verified">
              {progress.verified.toLocaleString("en")}
            </span>
            <span className="block text-sm text-muted">{proofText.verifiedSince(progress.verified)}</span>
          </p>
        </div>
        <div className="min-h-11 text-sm">
          <p className={`flex items-center gap-1.5 font-semibold ${well ? "text-up" : "text-down"}`}>
            <Sign well={well} />
            {well ? proofText.noFault : proofText.failedSince(progress.failed.toLocaleString("en"))}
          </p>
          <p className="tabular-nums text-muted">{rangeOf(progress)}</p>
        </div>
        <Controls progress={progress} paused={paused} onPause={onPause} onLookBack={onLookBack} />
      </div>
      <p className="min-h-5 text-sm text-muted">{noteOf(progress, paused)}</p>
      <Findings findings={progress.findings} />
    </div>
  );
}

function Controls({ progress, paused, onPause, onLookBack }: Props): ReactNode {
  const { first, back } = progress;
  if (back !== null)
    return (
      <div className="flex w-full flex-col gap-1.5 text-sm sm:ml-auto sm:w-64">
        <label htmlFor="looking-back" className="tabular-nums">
          {proofText.lookingBack(back.done.toLocaleString("en"), back.total.toLocaleString("en"))}
        </label>
        <progress id="looking-back" className="meter" value={back.done} max={back.total} />
      </div>
    );
  return (
    <fieldset className="flex flex-wrap gap-2 sm:ml-auto">
      <legend className="sr-only">{proofText.controls}</legend>
      {LOOKS_BACK.map((ticks) => (
        <button
          key={ticks}
          type="button"
          className="button"
          disabled={first === null || first <= 1 || paused}
          onClick={() => onLookBack(ticks)}
        >
          {proofText.lookBack(ticks.toLocaleString("en"))}
        </button>
      ))}
      <button type="button" className="button min-w-20" onClick={onPause}>
        {paused ? proofText.go : proofText.pause}
      </button>
    </fieldset>
  );
}

function rangeOf({ first, newest }: Progress): string {
  if (first === null || newest === null) return proofText.waiting;
  return proofText.range(first.toLocaleString("en"), newest.tick.toLocaleString("en"));
}

function noteOf({ missing, skipped, first }: Progress, paused: boolean): string {
  if (paused) return proofText.paused;
  if (missing !== null) return proofText.missing(missing.toLocaleString("en"));
  if (skipped > 0) return proofText.skipped(skipped.toLocaleString("en"));
  return first === 1 ? proofText.atTheStart : "";
}

function Findings({ findings }: { findings: readonly Finding[] }): ReactNode {
  const ticks = [...new Set(findings.map((finding) => finding.tick))];
  return (
    <div role="alert" className="flex flex-col gap-3 empty:hidden">
      {ticks.map((tick) => (
        <div key={tick} className="rounded-xl border-2 border-down p-4">
          <p className="flex items-center gap-2 text-lg font-bold text-down">
            <Sign well={false} className="size-5" />
            {proofText.broken(tick.toLocaleString("en"))}
          </p>
          <ul className="mt-2 flex list-disc flex-col gap-1 pl-5 text-sm break-words">
            {findings
              .filter((finding) => finding.tick === tick)
              .map(({ fault }) => (
                <li key={`${fault.what}-${fault.of}`}>{faultSentence(fault)}</li>
              ))}
          </ul>
        </div>
      ))}
      {ticks.length > 0 && <p className="text-sm text-muted">{proofText.brokenLead}</p>}
    </div>
  );
}

function Shield({ well }: { well: boolean }): ReactNode {
  return (
    <svg
      viewBox="0 0 48 56"
      aria-hidden="true"
      className={`h-16 shrink-0 ${well ? "text-up" : "text-down"}`}
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path
        d="M24 3 5 11v15c0 13 8 22 19 27 11-5 19-14 19-27V11z"
        fill="currentColor"
        fillOpacity="0.12"
        strokeWidth="2.5"
      />
      <path d={well ? "m15 28 7 7 12-14" : "m17 21 14 14m0-14L17 35"} strokeWidth="4" />
    </svg>
  );
}
