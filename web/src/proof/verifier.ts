/** Fetches ticks in their order and checks each, for as long as it is let. Where ticks come from is given to it. */
/* oxlint-disable no-await-in-loop -- each tick is checked against the one before it */
import { check, goesOn, type Checked, type Given } from "./checks";
import { NOTHING_YET, withEarlier, withJoint, withNewest, type Progress } from "./progress";

/** Ticks that are left to settle: a body can be read a moment after the stream told its tick. */
const BEHIND = 2;
/** The most that this is stretched to while the server is slow. */
const FARTHEST_BEHIND = 20;
/** Bodies that are asked for at once. */
const AT_ONCE = 6;
/** Ticks beyond which catching up is given up for a new beginning: nobody waits for an hour's worth. */
const FAR = 240;

export interface Body {
  bytes: Uint8Array<ArrayBuffer>;
  published: string;
}

export interface Source {
  /** The exact bytes of a tick; null when they could not be had now. */
  body: (tick: number) => Promise<Body | null>;
  /** The newest tick of which the stream told; null before the first. */
  newest: () => number | null;
  /** The hash that the stream told of a tick. */
  told: (tick: number) => string | null;
  /** The earliest tick that can be read; null when that could not be learnt now. */
  keptFrom: () => Promise<number | null>;
  /** Nothing is fetched while this is true. */
  resting: () => boolean;
}

export interface Verifier {
  /** A tick came, or the rest is over: go on. */
  wake: () => void;
  /** Check so many ticks before those that were checked. */
  lookBack: (ticks: number) => void;
  stop: () => void;
}

/** A look back: from so early on, up to where the chain began so far. */
interface Back {
  earliest: Checked | null;
  before: Checked | null;
  next: number;
}

export function startVerifier(source: Source, publish: (progress: Progress) => void): Verifier {
  let progress = NOTHING_YET;
  /** The first and the last tick of the chain that is being checked. */
  let first: Checked | null = null;
  let last: Checked | null = null;
  /** No look back goes below this tick: what is there was checked before. */
  let floor = 1;
  let behind = BEHIND;
  let back: Back | null = null;
  let busy = false;
  let woken = false;
  let stopped = false;

  function show(next: Progress): void {
    progress = next;
    if (!stopped) publish(progress);
  }

  async function work(): Promise<void> {
    woken = true;
    if (busy) return;
    busy = true;
    // Whoever wakes it while it finds nothing to do must not be forgotten.
    while (woken) {
      woken = false;
      let more = true;
      while (more) more = !stopped && !source.resting() && (await step());
    }
    busy = false;
  }

  /** False: nothing to do until the next waking. */
  function step(): Promise<boolean> {
    const newest = source.newest();
    if (newest === null) return Promise.resolve(false);
    const end = newest - behind;
    if (last !== null && newest < last.tick) begin(1); // the market began anew
    if (last !== null && end - last.tick > FAR) {
      show({ ...progress, skipped: progress.skipped + end - last.tick - 1 });
      begin(last.tick + 1);
    }
    if (back !== null && first !== null) return stepBack(back, first);
    const from = last === null ? Math.max(1, end) : last.tick + 1;
    return from > end ? Promise.resolve(false) : stepOn(from, Math.min(end, from + AT_ONCE - 1));
  }

  function begin(newFloor: number): void {
    first = last = back = null;
    floor = newFloor;
    show({ ...progress, first: null, blocks: [], back: null });
  }

  async function stepOn(from: number, to: number): Promise<boolean> {
    for (const given of await fetched(from, to)) {
      if (given === null) {
        behind = Math.min(behind + 1, FARTHEST_BEHIND);
        return false;
      }
      const checked = await check(given, last);
      show(withNewest(progress, checked, { told: given.told !== null, after: last !== null }));
      last = checked;
      first ??= checked;
    }
    return true;
  }

  async function stepBack(job: Back, joint: Checked): Promise<boolean> {
    const to = Math.min(joint.tick - 1, job.next + AT_ONCE - 1);
    for (const given of await fetched(job.next, to)) {
      if (given === null) return false;
      const checked = await check(given, job.before);
      show(withEarlier(progress, checked, { told: given.told !== null, after: job.before !== null }));
      job.earliest ??= checked;
      job.before = checked;
      job.next = given.tick + 1;
    }
    if (job.earliest !== null && job.before?.tick === joint.tick - 1) {
      show(withJoint(progress, joint, goesOn(joint, job.before), job.earliest.tick));
      first = job.earliest;
      back = null;
    }
    return true;
  }

  /** In their order. Null: the server did not hand this one out, so the ones after it have to wait. */
  async function fetched(from: number, to: number): Promise<(Given | null)[]> {
    const ticks = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const bodies = await Promise.all(ticks.map(source.body));
    return ticks.map((tick, index) => {
      const body = bodies[index] ?? null;
      if (body === null) show({ ...progress, missing: tick });
      return body === null ? null : { tick, ...body, told: source.told(tick) };
    });
  }

  async function beginBack(ticks: number): Promise<void> {
    if (first === null || back !== null) return;
    const kept = await source.keptFrom();
    if (kept === null || stopped) return;
    const from = Math.max(first.tick - ticks, floor, kept);
    if (from >= first.tick) return;
    back = { earliest: null, before: null, next: from };
    show({ ...progress, back: { done: 0, total: first.tick - from } });
    void work();
  }

  return {
    wake: () => void work(),
    lookBack: (ticks) => void beginBack(ticks),
    stop: () => {
      stopped = true;
    },
  };
}
