/* oxlint-disable no-await-in-loop -- each tick is checked against the one before it */
import { describe, expect, test } from "vitest";
import { check, goesOn, sides, type Checked, type Given, type TickBody, type What } from "./checks";
import recorded from "./ticks.fixture.json";

/** Four ticks in a row of a running market, with attention, buys and sales. */
function givenAt(index: number): Given {
  const tick = recorded[index];
  if (tick === undefined) throw new Error(`no tick ${index}`);
  return {
    tick: tick.tick,
    bytes: new TextEncoder().encode(tick.body),
    published: tick.sha256,
    told: tick.sha256,
  };
}

function bodyAt(index: number): TickBody {
  return JSON.parse(new TextDecoder().decode(givenAt(index).bytes)) as TickBody;
}

async function first(): Promise<Checked> {
  return check(givenAt(0), null);
}

/** The second tick, forged: its hashes are made to fit, as whoever runs a market could. */
async function forged(change: (body: TickBody) => void): Promise<What[]> {
  const body = bodyAt(1);
  change(body);
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const hash = (await check({ ...givenAt(1), bytes }, null)).hash;
  const checked = await check({ ...givenAt(1), bytes, published: hash, told: hash }, await first());
  return checked.faults.map((fault) => fault.what);
}

function add(digits: string | undefined, more: bigint): string {
  return String(BigInt(digits ?? "") + more);
}

function marketOf(body: TickBody, pick: (market: TickBody["markets"][number]) => boolean) {
  const found = body.markets.find(pick);
  if (found === undefined) throw new Error("the recorded tick has no such biome");
  return found;
}

describe("ticks as the market published them", () => {
  test("are all well, one after the other", async () => {
    let before: Checked | null = null;
    for (const index of recorded.keys()) {
      before = await check(givenAt(index), before);
      expect(before.faults).toEqual([]);
    }
  });

  test("have the hash that was published, and name the one before", async () => {
    const checked = await first();
    expect(checked.hash).toBe(givenAt(0).published);
    expect(bodyAt(1).previous).toBe(checked.hash);
  });

  test("have attention, buys and sales in them, or these tests would show little", () => {
    const markets = recorded.flatMap((_, index) => bodyAt(index).markets);
    for (const part of ["attention", "pooled", "dealt", "bought", "sold"] as const)
      expect(markets.some((market) => Number(market[part]) > 0)).toBe(true);
  });

  test("go on from the one before, also when that was checked later", async () => {
    const second = await check(givenAt(1), null);
    expect(goesOn(second, await first())).toEqual([]);
    const third = await check(givenAt(2), null);
    expect(goesOn(third, await first()).map((fault) => fault.what)).toContain("PREVIOUS");
  });

  test("say what is there and what was brought in", () => {
    const { players, markets, fees, genesis, grants } = sides(bodyAt(0));
    expect(players + markets + fees).toBe(genesis + grants);
  });
});

describe("a body that was tampered with", () => {
  test("does not have its hash, and not the one that the stream told", async () => {
    const bytes = new TextEncoder().encode(`${new TextDecoder().decode(givenAt(1).bytes)} `);
    const checked = await check({ ...givenAt(1), bytes }, await first());
    expect(checked.faults.map((fault) => fault.what)).toEqual(["HASH", "TOLD"]);
  });

  test("is found by the stream's hash alone when the published one was made to fit", async () => {
    const checked = await check({ ...givenAt(1), told: "f".repeat(64) }, await first());
    expect(checked.faults.map((fault) => fault.what)).toEqual(["TOLD"]);
  });

  test("is not compared with a hash that the stream never told", async () => {
    expect((await check({ ...givenAt(1), told: null }, await first())).faults).toEqual([]);
  });

  test("that cannot be read is a fault and no exception", async () => {
    const bytes = new TextEncoder().encode("<html>");
    const checked = await check({ ...givenAt(1), bytes }, await first());
    expect(checked.body).toBeNull();
    expect(checked.faults.map((fault) => fault.what)).toContain("UNREADABLE");
  });

  test("with a part left out cannot be read", async () => {
    expect(await forged((body) => body.players_shares.pop())).toEqual(["UNREADABLE"]);
  });
});

describe("a forged tick whose hashes fit", () => {
  test("cannot bring a millionth of a BDT into being", async () => {
    const found = await forged((body) => (body.players_cash = add(body.players_cash, 1n)));
    expect(found).toEqual(["CASH", "PLAYERS"]);
  });

  test("cannot grant it either, without saying so in the grants", async () => {
    expect(await forged((body) => (body.grants = add(body.grants, 1n)))).toEqual(["CASH", "PLAYERS"]);
  });

  test("cannot make shares", async () => {
    const found = await forged((body) => (body.players_shares[0] = add(body.players_shares[0], 1n)));
    expect(found).toEqual(["SHARES"]);
  });

  test("cannot deal more than was pooled", async () => {
    const found = await forged((body) => {
      const market = marketOf(body, (each) => each.dealt !== "0");
      market.dealt = add(market.dealt, 1n);
    });
    expect(found).toEqual(expect.arrayContaining(["POOL", "DEALT", "RECEIPT"]));
  });

  test("cannot deal against attention, though its sums fit", async () => {
    const found = await forged((body) => {
      const [from, to] = body.markets.filter((each) => each.dealt !== "0");
      if (from === undefined || to === undefined) throw new Error("nothing was dealt");
      for (const [market, more] of [[from, -5n] as const, [to, 5n] as const]) {
        market.dealt = add(market.dealt, more);
        market.cash = add(market.cash, more);
      }
    });
    expect(found.filter((what) => what === "DEALT")).toHaveLength(2);
    expect(found).not.toContain("POOL");
    expect(found).not.toContain("RECEIPT");
  });

  test("cannot take more from one biome's cash than its part", async () => {
    const found = await forged((body) => {
      const market = marketOf(body, (each) => each.pooled !== "0");
      market.pooled = add(market.pooled, 7n);
    });
    expect(found).toContain("PAID");
  });

  test("cannot hide where cash went in a biome", async () => {
    const found = await forged((body) => {
      const market = marketOf(body, () => true);
      market.bought = add(market.bought, 1n);
    });
    expect(found).toEqual(["RECEIPT", "PLAYERS"]);
  });

  test("cannot give another price than cash by shares", async () => {
    const found = await forged((body) => {
      const market = marketOf(body, () => true);
      market.price = add(market.price, 1n);
    });
    expect(found).toEqual(["PRICE"]);
  });

  test("cannot leave a tick out, or come twice", async () => {
    expect(await forged((body) => (body.tick += 1))).toEqual(["NUMBER", "HOLE"]);
  });

  test("cannot follow another tick", async () => {
    expect(await forged((body) => (body.previous = "0".repeat(64)))).toEqual(["PREVIOUS"]);
  });

  test("cannot begin with other cash than the tick before ended with", async () => {
    const found = await forged((body) => {
      const market = marketOf(body, () => true);
      market.before = add(market.before, 1n);
    });
    expect(found).toContain("BEFORE");
  });

  test("cannot skip inputs", async () => {
    expect(await forged((body) => (body.inputs.first += 1))).toEqual(["INPUTS"]);
  });
});
