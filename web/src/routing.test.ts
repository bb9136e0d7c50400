import { expect, test } from "vitest";
import { addressOf, routeOf, type Route } from "./routing";

test.each<[string, Route]>([
  ["", { view: "floor" }],
  ["#/", { view: "floor" }],
  ["#/biome/snow", { view: "biome", biome: "snow" }],
  ["#/portfolio", { view: "portfolio" }],
  ["#/admin", { view: "admin" }],
])("%s is an address of the page", (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
  if (hash !== "") expect(addressOf(route)).toBe(hash);
});

test.each(["#/biome", "#/biome/moon", "#/nowhere", "#/portfolio/snow", "#/biome/snow/more"])(
  "%s is not",
  (hash) => {
    expect(routeOf(hash)).toEqual({ view: "unknown" });
  },
);
