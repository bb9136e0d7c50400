import { expect, test } from "vitest";
import { faultSentence } from "./proof";

const FAULT = {
  check: "cash",
  what: "CASH",
  of: null,
  found: "7540001500001",
  expected: "7540001500000",
} as const;

test("a fault is told with its numbers in groups", () => {
  expect(faultSentence(FAULT)).toBe(
    "7,540,001,500,001 micro-BDT are there, but 7,540,001,500,000 were ever brought in.",
  );
});

test("a fault of a biome names it as the page does", () => {
  expect(
    faultSentence({ ...FAULT, check: "pool", what: "PAID", of: "snow", found: "5", expected: "0" }),
  ).toBe("Snow paid 5 micro-BDT into the pool, but 0 were its part.");
});

test("a hash stays as it is, even one of digits only", () => {
  const hash = "1".repeat(64);
  expect(faultSentence({ ...FAULT, check: "hash", what: "HASH", found: hash, expected: "" })).toBe(
    `The bytes have the hash ${hash}, but none was published beside them.`,
  );
});
