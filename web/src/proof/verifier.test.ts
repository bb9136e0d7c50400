import { describe, expect, test } from "vitest";
import type { Progress } from "./progress";
import recorded from "./ticks.fixture.json";
import { startVerifier, type Source } from "./verifier";

const FIRST = recorded[0]?.tick ?? 0;
const LAST = FIRST + recorded.length - 1;

/** A server with the recorded ticks. The verifier leaves two ticks to settle, so `newest` runs two ahead. */
class Recorded implements Source {
  last = LAST;
  hidden = false;
  lost = new Set<number>();
  forged = new Set<number>();
  asked: number[] = [];

  async body(tick: number) {
    this.asked.push(tick);
    const found = recorded.find((each) => each.tick === tick);
    if (found === undefined || this.lost.has(tick)) return null;
    const text = this.forged.has(tick) ? `${found.body} ` : found.body;
    return { bytes: new TextEncoder().encode(text), published: found.sha256 };
  }
  newest = () => this.last + 2;
  told = (tick: number) => recorded.find((each) => each.tick === tick)?.sha256 ?? null;
  keptFrom = async () => FIRST;
  resting = () => this.hidden;
}

function watch(server: Recorded) {
  const seen: Progress[] = [];
  const verifier = startVerifier(
    {
      body: (tick) => server.body(tick),
      newest: server.newest,
      told: server.told,
      keptFrom: server.keptFrom,
      resting: server.resting,
    },
    (progress) => seen.push(progress),
  );
  const latest = () => {
    const progress = seen.at(-1);
    if (progress === undefined) throw new Error("nothing was reported");
    return progress;
  };
  return { verifier, latest };
}

/** Long enough for all promises that are on their way. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}

async function wake(server: Recorded, { verifier }: ReturnType<typeof watch>, last: number): Promise<void> {
  server.last = last;
  verifier.wake();
  await settle();
}

describe("checking ticks as they come", () => {
  test("begins at the newest and counts each tick once", async () => {
    const server = new Recorded();
    const watched = watch(server);
    await wake(server, watched, FIRST);
    await wake(server, watched, FIRST);
    await wake(server, watched, LAST);
    expect(watched.latest()).toMatchObject({ verified: recorded.length, failed: 0, first: FIRST });
    expect(watched.latest().blocks.map((block) => block.tick)).toEqual(recorded.map((each) => each.tick));
    expect(server.asked).toEqual(recorded.map((each) => each.tick));
  });

  test("fetches nothing while it rests", async () => {
    const server = new Recorded();
    server.hidden = true;
    const watched = watch(server);
    await wake(server, watched, LAST);
    expect(server.asked).toEqual([]);
    server.hidden = false;
    await wake(server, watched, LAST);
    expect(watched.latest().verified).toBe(1);
  });

  test("waits for a tick that the server does not hand out, and leaves no hole", async () => {
    const server = new Recorded();
    const watched = watch(server);
    await wake(server, watched, FIRST);
    server.lost.add(FIRST + 1);
    await wake(server, watched, LAST);
    expect(watched.latest()).toMatchObject({ verified: 1, missing: FIRST + 1 });
    server.lost.clear();
    server.last = LAST + 2;
    watched.verifier.wake();
    await settle();
    expect(watched.latest()).toMatchObject({ verified: recorded.length, failed: 0 });
  });

  test("says which tick was tampered with, and that the one after it does not follow", async () => {
    const server = new Recorded();
    server.forged.add(FIRST + 1);
    const watched = watch(server);
    await wake(server, watched, FIRST);
    await wake(server, watched, LAST);
    const { findings, verified, failed } = watched.latest();
    expect(findings.map(({ tick, fault }) => [tick, fault.what])).toEqual([
      [FIRST + 1, "HASH"],
      [FIRST + 1, "TOLD"],
      [FIRST + 2, "PREVIOUS"],
    ]);
    expect([verified, failed]).toEqual([2, 2]);
  });
});

describe("looking back", () => {
  test("checks the ticks before, joins them to the chain, and ends where ticks are kept", async () => {
    const server = new Recorded();
    const watched = watch(server);
    await wake(server, watched, LAST);
    watched.verifier.lookBack(100);
    await settle();
    expect(watched.latest()).toMatchObject({ verified: recorded.length, first: FIRST, back: null });
    watched.verifier.lookBack(100);
    await settle();
    expect(watched.latest().verified).toBe(recorded.length);
  });

  test("finds that the parts do not fit", async () => {
    const server = new Recorded();
    const watched = watch(server);
    await wake(server, watched, LAST);
    server.forged.add(LAST - 1);
    watched.verifier.lookBack(1);
    await settle();
    const { findings, failed, verified } = watched.latest();
    expect(findings.map(({ fault }) => fault.what)).toEqual(["HASH", "TOLD", "PREVIOUS"]);
    expect([verified, failed]).toEqual([0, 2]);
  });
});
