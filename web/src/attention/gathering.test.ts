import { describe, expect, test } from "vitest";
import { add, LATELY_TICKS, ownPart, pingsOf, recent, roomFor, total } from "./gathering";

describe("points that wait for the next batch", () => {
  test("one ping a biome is sent, however often it was given points", () => {
    const points = add(add(add({}, "snow", 3), "ocean", 1), "snow", 2);

    expect(pingsOf(points)).toEqual([
      { biome: "snow", points: 5 },
      { biome: "ocean", points: 1 },
    ]);
    expect(total(points)).toBe(6);
  });

  test("what passes the cap does not fit, whichever biome the points before it were for", () => {
    expect(roomFor(3, {}, 10)).toBe(3);
    expect(roomFor(3, { snow: 5, ocean: 3 }, 10)).toBe(2);
    expect(roomFor(1, { snow: 10 }, 10)).toBe(0);
  });

  test("a cap that the operator lowered takes nothing back", () => {
    expect(roomFor(1, { snow: 10 }, 4)).toBe(0);
  });
});

describe("a player's part of a biome's attention", () => {
  test("is told in tenths of a per cent", () => {
    expect(ownPart(5, 40)).toBe(125);
  });

  test("is unknown when the biome was given nothing", () => {
    expect(ownPart(0, 0)).toBeNull();
  });

  test("never passes all of it, though a gift may not be in a tick yet", () => {
    expect(ownPart(10, 5)).toBe(1000);
  });

  test("forgets gifts that are older than half a minute", () => {
    const gifts = [
      { biome: "snow" as const, points: 3, tick: 100 },
      { biome: "snow" as const, points: 4, tick: 101 },
    ];

    expect(recent(gifts, 100 + LATELY_TICKS)).toEqual([gifts[1]]);
  });
});
