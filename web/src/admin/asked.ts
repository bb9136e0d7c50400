/** What a command asked for, read from it as it stands in the market's log. */
import type { Biome } from "../api/types";
import { BIOMES } from "../market/biomes";
import type { Command } from "./attempt";

export type Asked =
  | { is: "halt" | "resume"; biome: Biome | null }
  | { is: "freeze" | "thaw"; player: string }
  | { is: "grant"; player: string; micro: bigint }
  | { is: "settings" }
  | { is: "other"; command: string };

export function askedOf({
  command,
  asked,
  username,
}: Pick<Command, "command" | "asked" | "username">): Asked {
  const { biome, halted, frozen, amount } = asked ?? {};
  const player = username ?? asked?.player;
  if (command === "set_halt" && typeof halted === "boolean")
    return { is: halted ? "halt" : "resume", biome: BIOMES.find((each) => each === biome) ?? null };
  if (command === "set_freeze" && typeof frozen === "boolean" && typeof player === "string")
    return { is: frozen ? "freeze" : "thaw", player };
  // At most 10^15 micro-BDT: a JSON number holds it exactly.
  if (command === "grant_cash" && typeof amount === "number" && typeof player === "string")
    return { is: "grant", player, micro: BigInt(amount) };
  return command === "change_settings" ? { is: "settings" } : { is: "other", command };
}
