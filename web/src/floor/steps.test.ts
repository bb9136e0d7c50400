import { describe, expect, test } from "vitest";
import type { Account, Order } from "../api/types";
import { statesOf, stepsOf } from "./steps";

function order(status: Order["status"]): Order {
  return { status } as Order;
}

function account(shares: string): Account {
  return { holdings: [{ biome: "snow", shares }] } as unknown as Account;
}

const VISITOR = { signedIn: false, account: null, orders: [] };

describe("the first trade", () => {
  test("a visitor signs up first", () => {
    expect(statesOf(stepsOf(VISITOR))).toEqual(["now", "later", "later"]);
  });

  test("a new player chooses", () => {
    expect(statesOf(stepsOf({ ...VISITOR, signedIn: true }))).toEqual(["done", "now", "later"]);
  });

  test("a pending order waits for its fill", () => {
    const steps = stepsOf({ ...VISITOR, signedIn: true, orders: [order("pending")] });

    expect(statesOf(steps)).toEqual(["done", "done", "now"]);
  });

  test("a rejected order leaves the choice to be made again", () => {
    const steps = stepsOf({ ...VISITOR, signedIn: true, orders: [order("rejected")] });

    expect(statesOf(steps)).toEqual(["done", "now", "later"]);
  });

  test("a filled order is the end of it", () => {
    const steps = stepsOf({ ...VISITOR, signedIn: true, orders: [order("rejected"), order("filled")] });

    expect(statesOf(steps)).toEqual(["done", "done", "done"]);
  });

  test("whoever holds shares has traded before, though the order is long past", () => {
    expect(stepsOf({ ...VISITOR, signedIn: true, account: account("0.50") }).filled).toBe(true);
    expect(stepsOf({ ...VISITOR, signedIn: true, account: account("0.00") }).filled).toBe(false);
  });
});
