/** What the checking has found so far, and how each checked tick adds to it. Pure: no clock, no network, no React. */
import { CHECKS, type Check, type Checked, type Fault } from "./checks";

/** Blocks of the picture. */
export const SHOWN_BLOCKS = 20;
/** Findings that are kept; the first ones tell most, since one fault makes others follow. */
export const KEPT_FINDINGS = 20;

export interface Block {
  tick: number;
  hash: string;
  faults: readonly Fault[];
}

export interface Finding {
  tick: number;
  fault: Fault;
}

export interface Progress {
  /** Ticks without a fault, since this view was opened. */
  verified: number;
  /** Ticks with one. */
  failed: number;
  /** How often each check was made and passed. */
  passed: Readonly<Record<Check, number>>;
  /** The newest ticks, oldest first. */
  blocks: readonly Block[];
  newest: Checked | null;
  /** The earliest tick of the run that ends at the newest. */
  first: number | null;
  findings: readonly Finding[];
  /** A look back that goes on: how many ticks of how many. */
  back: { done: number; total: number } | null;
  /** Ticks that were left out, since too many had come while nobody looked. */
  skipped: number;
  /** The tick that the server did not hand out at the last try. */
  missing: number | null;
}

export const NOTHING_YET: Progress = {
  verified: 0,
  failed: 0,
  passed: Object.fromEntries(CHECKS.map((check) => [check, 0])) as Record<Check, number>,
  blocks: [],
  newest: null,
  first: null,
  findings: [],
  back: null,
  skipped: 0,
  missing: null,
};

/** Which checks were made of a tick: some need the stream's hash, or the tick before. */
export interface Made {
  told: boolean;
  after: boolean;
}

/** A new tick at the end of the chain. */
export function withNewest(progress: Progress, checked: Checked, made: Made): Progress {
  const block = { tick: checked.tick, hash: checked.hash, faults: checked.faults };
  return {
    ...counted(progress, checked, made),
    blocks: [...progress.blocks, block].slice(-SHOWN_BLOCKS),
    newest: checked,
    first: made.after ? progress.first : checked.tick,
    missing: null,
  };
}

/** An earlier tick, of a look back. */
export function withEarlier(progress: Progress, checked: Checked, made: Made): Progress {
  const { back } = progress;
  return {
    ...counted(progress, checked, made),
    back: back === null ? null : { ...back, done: back.done + 1 },
    missing: null,
  };
}

/** The look back has reached the tick where the checking had begun: the two parts of the chain are one, or do not fit. */
export function withJoint(
  progress: Progress,
  at: Checked,
  faults: readonly Fault[],
  first: number,
): Progress {
  const wasWell = at.faults.length === 0;
  const isWell = faults.length === 0;
  return {
    ...progress,
    first,
    back: null,
    findings: withFindings(progress.findings, at.tick, faults),
    blocks: progress.blocks.map((block) =>
      block.tick === at.tick ? { ...block, faults: [...block.faults, ...faults] } : block,
    ),
    verified: progress.verified - (wasWell && !isWell ? 1 : 0),
    failed: progress.failed + (wasWell && !isWell ? 1 : 0),
    passed: passedWith(progress.passed, faults, ["chain", "continues"]),
  };
}

function counted(progress: Progress, checked: Checked, made: Made): Progress {
  const { faults } = checked;
  const whichMade = CHECKS.filter(
    (check) =>
      (check !== "told" || made.told) && ((check !== "chain" && check !== "continues") || made.after),
  );
  return {
    ...progress,
    verified: progress.verified + (faults.length === 0 ? 1 : 0),
    failed: progress.failed + (faults.length === 0 ? 0 : 1),
    passed: checked.body === null ? progress.passed : passedWith(progress.passed, faults, whichMade),
    findings: withFindings(progress.findings, checked.tick, faults),
  };
}

function passedWith(
  passed: Progress["passed"],
  faults: readonly Fault[],
  made: readonly Check[],
): Progress["passed"] {
  const next = { ...passed };
  for (const check of made) if (!faults.some((fault) => fault.check === check)) next[check] += 1;
  return next;
}

function withFindings(
  findings: readonly Finding[],
  tick: number,
  faults: readonly Fault[],
): readonly Finding[] {
  if (faults.length === 0) return findings;
  return [...findings, ...faults.map((fault) => ({ tick, fault }))].slice(0, KEPT_FINDINGS);
}
