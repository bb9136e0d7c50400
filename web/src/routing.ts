/** Where in the page a person is: the part of the address after `#`, so that any server of static files will do. */
import { useSyncExternalStore } from "react";
import type { Biome } from "./api/types";
import { BIOMES } from "./market/biomes";

export type Route =
  | { view: "floor" }
  | { view: "biome"; biome: Biome }
  | { view: "portfolio" }
  | { view: "leaderboard" }
  | { view: "proof" }
  | { view: "account" }
  | { view: "admin" }
  | { view: "unknown" };

const PLAIN = ["portfolio", "leaderboard", "proof", "account", "admin"] as const;

/** The route of an address' hash, such as `#/biome/snow`. */
export function routeOf(hash: string): Route {
  const [, view = "", biome = "", ...more] = hash.replace(/^#/, "").split("/");
  if (more.length > 0) return { view: "unknown" };
  if (view === "" && biome === "") return { view: "floor" };
  const plain = PLAIN.find((each) => each === view);
  if (plain !== undefined && biome === "") return { view: plain };
  const known = BIOMES.find((each) => each === biome);
  return view === "biome" && known !== undefined ? { view, biome: known } : { view: "unknown" };
}

export function addressOf(route: Route): string {
  if (route.view === "biome") return `#/biome/${route.biome}`;
  return route.view === "floor" || route.view === "unknown" ? "#/" : `#/${route.view}`;
}

export function go(route: Route): void {
  window.location.hash = addressOf(route);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (changed) => {
      window.addEventListener("hashchange", changed);
      return () => window.removeEventListener("hashchange", changed);
    },
    () => window.location.hash,
  );
  return routeOf(hash);
}
