import { describe, expect, test, vi } from "vitest";
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

type Watched = ReturnType<typeof watch>;

/** Tells of a tick; what follows takes as long as it takes on a busy machine. */
function wake(server: Recorded, { verifier }: Watched, last: number): void {
  server.last = last;
  verifier.wake();
}

async function until({ latest }: Watched, what: Partial<Progress>): Promise<void> {
  await vi.waitFor(() => expect(latest()).toMatchObject(what), { timeout: 4_000, interval: 5 });
}

describe("checking ticks as they come", () => {
  test("begins at the newest and counts each tick once", async () => {
    const server = new Recorded();
    const watched = watch(server);
    wake(server, watched, FIRST);
    await until(watched, { verified: 1 });
    wake(server, watched, FIRST);
    wake(server, watched, LAST);
    await until(watched, { verified: recorded.length, failed: 0, first: FIRST });
    expect(watched.latest().blocks.map((block) => block.tick)).toEqual(recorded.map((each) => each.tick));
    expect(server.asked).toEqual(recorded.map((each) => each.tick));
  });

  test("fetches nothing while it rests", async () => {
    const server = new Recorded();
    server.hidden = true;
    const watched = watch(server);
    wake(server, watched, LAST);
    expect(server.asked).toEqual([]);
    server.hidden = false;
    await Promise.resolve();
    wake(server, watched, LAST);
    await until(watched, { verified: 1 });
    expect(server.asked).toEqual([LAST]);
  });

  test("waits for a tick that the server does not hand out, and leaves no hole", async () => {
    const server = new Recorded();
    const watched = watch(server);
    wake(server, watched, FIRST);
    await until(watched, { verified: 1 });
    server.lost.add(FIRST + 1);
    wake(server, watched, LAST);
    await until(watched, { verified: 1, missing: FIRST + 1 });
    server.lost.clear();
    // After a failure it keeps farther behind, so a few more ticks have to come.
    await vi.waitFor(() => {
      wake(server, watched, server.last + 1);
      expect(watched.latest().verified).toBe(recorded.length);
    });
    expect(watched.latest().failed).toBe(0);
  });

  test("says which tick was tampered with, and that the one after it does not follow", async () => {
    const server = new Recorded();
    server.forged.add(FIRST + 1);
    const watched = watch(server);
    wake(server, watched, FIRST);
    await until(watched, { verified: 1 });
    wake(server, watched, LAST);
    await until(watched, { verified: 2, failed: 2 });
    expect(watched.latest().findings.map(({ tick, fault }) => [tick, fault.what])).toEqual([
      [FIRST + 1, "HASH"],
      [FIRST + 1, "TOLD"],
      [FIRST + 2, "PREVIOUS"],
    ]);
  });
});

describe("looking back", () => {
  test("checks the ticks before, joins them to the chain, and ends where ticks are kept", async () => {
    const server = new Recorded();
    const watched = watch(server);
    wake(server, watched, LAST);
    await until(watched, { verified: 1, first: LAST });
    watched.verifier.lookBack(100);
    await until(watched, { verified: recorded.length, failed: 0, first: FIRST, back: null });
    expect(server.asked).toHaveLength(recorded.length);
  });

  test("finds that the parts do not fit", async () => {
    const server = new Recorded();
    const watched = watch(server);
    wake(server, watched, LAST);
    await until(watched, { verified: 1 });
    server.forged.add(LAST - 1);
    watched.verifier.lookBack(1);
    await until(watched, { verified: 0, failed: 2, first: LAST - 1 });
    const { findings } = watched.latest();
    expect(findings.map(({ fault }) => fault.what)).toEqual(["HASH", "TOLD", "PREVIOUS"]);
  });
});
