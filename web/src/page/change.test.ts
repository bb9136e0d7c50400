import { expect, test } from "vitest";
import { changeOf, wayOf } from "./change";

test("a rise, a fall and neither are told apart, with the size in per cent", () => {
  expect(changeOf(100n, 125n)).toEqual({ way: "up", size: 25n, percent: 25_000_000n });
  expect(changeOf(100n, 50n)).toEqual({ way: "down", size: 50n, percent: 50_000_000n });
  expect(changeOf(100n, 100n)).toEqual({ way: "same", size: 0n, percent: 0n });
});

test("from nothing there is a size and no per cent", () => {
  expect(changeOf(0n, 5n)).toEqual({ way: "up", size: 5n, percent: null });
});

test("a difference keeps its way and loses its sign", () => {
  expect(wayOf(-3n)).toEqual({ way: "down", size: 3n });
});
