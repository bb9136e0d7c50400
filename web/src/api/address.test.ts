import { expect, test } from "vitest";
import { addressWith } from "./client";

test("names are filled in and encoded, and what is not asked for is left out", () => {
  expect(
    addressWith("/markets/{biome}/{name}", { biome: "snow", name: "a b/c" }, { hours: 24, after: null }),
  ).toBe("/markets/snow/a%20b%2Fc?hours=24");
});

test("an address without a query has no question mark", () => {
  expect(addressWith("/markets", {}, { after: undefined })).toBe("/markets");
});
