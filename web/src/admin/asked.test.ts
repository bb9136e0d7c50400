import { expect, test } from "vitest";
import { askedOf } from "./asked";

test.each([
  ["set_halt", { halted: true, biome: "snow" }, { is: "halt", biome: "snow" }],
  ["set_halt", { halted: false, biome: null }, { is: "resume", biome: null }],
  ["set_freeze", { frozen: true, player: "p" }, { is: "freeze", player: "p" }],
  ["set_freeze", { frozen: false, player: "p" }, { is: "thaw", player: "p" }],
  ["grant_cash", { amount: 1_500_000, player: "p" }, { is: "grant", player: "p", micro: 1_500_000n }],
  ["change_settings", { settings: {} }, { is: "settings" }],
  ["set_halt", null, { is: "other", command: "set_halt" }],
  ["something_new", {}, { is: "other", command: "something_new" }],
])("%s with %j is told as what it was", (command, asked, told) => {
  expect(askedOf({ command, asked, username: null })).toEqual(told);
});

test("a player who signed up is told by their name", () => {
  const frozen = { command: "set_freeze", asked: { frozen: true, player: "p" }, username: "ada" };
  expect(askedOf(frozen)).toEqual({ is: "freeze", player: "ada" });
});
