import { describe, expect, test } from "vitest";
import { BIOMES } from "../market/biomes";
import { floorText } from "../strings";
import { FINDING_ART } from "./FindingArt";
import { distanceOf, FINDINGS, foundAt, spotIn, stepped } from "./findings";

describe("what hides in the scenes", () => {
  test.each(BIOMES)("everything in %s has a drawing and a word", (biome) => {
    for (const { id, art } of FINDINGS[biome]) {
      expect(FINDING_ART[art]).toBeDefined();
      expect(floorText.found[biome][id]?.word).not.toBe("");
    }
  });

  test.each(BIOMES)("no two things in %s are found from the same place", (biome) => {
    const findings = FINDINGS[biome];
    for (const one of findings)
      for (const other of findings) if (one !== other) expect(distanceOf(one, other)).toBeGreaterThan(44);
  });

  test("something is found from near, and nothing from afar", () => {
    expect(foundAt({ x: 300, y: 100 }, FINDINGS.ocean)?.id).toBe("whale");
    expect(foundAt({ x: 200, y: 100 }, FINDINGS.ocean)).toBeNull();
  });
});

describe("a way over the stage", () => {
  test("a pointer is told by its place in the stage's box, whatever size that has", () => {
    const box = { left: 100, top: 50, width: 800, height: 280 };

    expect(spotIn(box, { clientX: 500, clientY: 190 })).toEqual({ x: 200, y: 70 });
  });

  test("arrow keys lead a stride on, and not over the edge", () => {
    expect(stepped({ x: 200, y: 70 }, "ArrowLeft")).toEqual({ x: 184, y: 70 });
    expect(stepped({ x: 395, y: 70 }, "ArrowRight")).toEqual({ x: 400, y: 70 });
    expect(stepped({ x: 200, y: 3 }, "ArrowUp")).toEqual({ x: 200, y: 0 });
  });

  test("other keys lead nowhere", () => {
    expect(stepped({ x: 200, y: 70 }, "Tab")).toBeNull();
  });
});
