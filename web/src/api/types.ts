/** The API's own types by short names. They come from its OpenAPI document (`npm run types`), never from here. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Biome = Schemas["Biome"];
export type Market = Schemas["Market"];
export type Markets = Schemas["Markets"];
export type Order = Schemas["Order"];
export type Player = Schemas["Player"];
export type Buy = Schemas["Buy"];
export type Sell = Schemas["Sell"];

/** What the stream's events carry. */
export type Account = Schemas["AccountEvent"];
export type Snapshot = Schemas["SnapshotEvent"];
export type Tick = Schemas["TickEvent"];
export type Status = Schemas["StatusEvent"];
