/** What the floor and the scenes say. */
import type { Biome } from "../api/types";
import { CURRENCY } from "./common";

/** What hides in a scene: its name, and what it says when it is found. */
export interface Found {
  name: string;
  word: string;
}

const FOUND: Record<Biome, Record<string, Found>> = {
  ocean: {
    whale: { name: "the whale", word: "Rises when the tide of attention does." },
    bottle: { name: "a message in a bottle", word: "“Sell high. Signed, someone who did not.”" },
    gull: { name: "the gull", word: "Follows the crowd, for the crumbs." },
  },
  beach: {
    crab: { name: "the crab", word: "Trades sideways only." },
    starfish: { name: "a starfish", word: "Five arms, all of them long." },
    sail: { name: "a far sail", word: "Goes where the wind of attention blows." },
  },
  plains: {
    hare: { name: "the hare", word: "Quick in, quick out, and the fee both times." },
    lark: { name: "the lark", word: "Up before the first tick." },
    poppy: { name: "a poppy", word: "Grows best when it is looked at." },
  },
  forest: {
    owl: { name: "the owl", word: "Saw every tick of the night." },
    fox: { name: "the fox", word: "Never says what its limit price is." },
    mushroom: { name: "a mushroom", word: "It was not there half a second ago." },
  },
  desert: {
    camel: { name: "the camel", word: "Holds. For weeks, if it must." },
    lizard: { name: "the lizard", word: "Waits for the heat to come back." },
    bloom: { name: "a cactus flower", word: "One glance, and it opens." },
  },
  mountain: {
    goat: { name: "the goat", word: "Likes a steep chart." },
    eagle: { name: "the eagle", word: "Sees all seven markets from up there." },
    hut: { name: "a hut with a light on", word: "Someone is still reading receipts." },
  },
  snow: {
    hare: { name: "a white hare", word: "You had to look twice." },
    snowman: { name: "the snowman", word: "Firm, as long as nobody warms to Desert." },
    star: { name: "the north star", word: "Does not move with attention. The only one." },
  },
};

export const floorText = {
  ageMs: (age: number) => `${age} ms ago`,

  pot: "The whole pot",
  potTotal: `${CURRENCY} in seven markets`,
  potCash: "Cash now",
  potTarget: "Where attention pulls it",
  potNoPull: "No attention in the last 5 seconds: the cash stays where it is.",
  potLead: "Each tick, a quarter of every biome's cash moves along these flows.",
  potPicture: (cash: string, target: string | null) =>
    target === null
      ? `Cash now: ${cash}. Nobody gave attention in the last 5 seconds, so nothing pulls it.`
      : `Cash now: ${cash}. Attention of the last 5 seconds pulls it toward: ${target}.`,
  potPart: (biome: string, share: string) => `${biome} ${share}`,

  day: "24 h",
  dayLabel: "over 24 hours",
  dayHint: "Change against 24 hours ago, or against the first tick of a younger market",
  lastMove: "last move",
  trail: (biome: string) => `Price of ${biome} over the last 24 hours at most, up to now`,
  trailLoading: "The price's day is on its way",
  cash: "Cash",
  attention: "Attention",
  attentionSpan: ", 5 s",
  attentionHint: "Part of all attention of the last 5 seconds",
  gauge: (biome: string, cash: string, attention: string) =>
    `${biome} has ${cash} of all cash and ${attention} of the attention of the last 5 seconds.`,
  pullUp: (share: string) => `Attention pulls it up to ${share}`,
  pullDown: (share: string) => `Attention pulls it down to ${share}`,
  pullLevel: "Attention holds it where it is",
  pullNone: "No attention: nothing moves it",
  pullHalted: "Halted: its cash stays as it is",
  toBiome: (biome: string) => `${biome}: chart, receipts and scene`,

  guide: "First trade in three steps",
  guideSignUp: "Sign up",
  guideSignUpHint: "A name and a password.",
  guideOrder: "Pick a biome and an amount",
  guideOrderHint: "A few BDT are enough.",
  guideFill: "See it filled at the next tick",
  guideFillHint: "Half a second, one price for all.",
  guideDone: "done",
  guideNow: "now",
  guideSignUpAction: "Sign up",
  guideOrderAction: "Open ticket",
  guideWaiting: "On its way…",
  guideFilled: (shares: string, biome: string, price: string) =>
    `Filled: ${shares} ${biome} at ${price} ${CURRENCY}. That is all there is to it.`,
  guideHide: "Hide",
  guideHideLabel: "Hide the guide to the first trade",
  guideClose: "Close",

  sceneLabel: (biome: string) => `The scene of ${biome}`,
  explore: (biome: string) =>
    `Explore ${biome}: move over the scene, tap it, or use the arrow keys. Looking around is attention, and attention moves the price.`,
  exploreVisitor: (biome: string) => `Explore ${biome}: move over the scene, tap it, or use the arrow keys.`,
  exploreHint: "Look around: three things hide here.",
  visitorHint: "Your attention would move this price.",
  visitorAction: "Sign up so that it counts",
  meter: (taken: number, cap: number) => `${taken} of ${cap} points this half second`,
  meterLabel: "This half second",
  meterFull: "Full for this half second",
  foundCount: (found: number, all: number) => `${found} of ${all} found`,
  foundSentence: ({ name, word }: Found) => `You found ${name}. ${word}`,
  foundAll: (biome: string) => `You have found everything that hides in ${biome}.`,
  found: FOUND,

  given: "Your attention",
  givenLead:
    "Points that you gave in this visit, and your part of each biome's attention in the last half minute.",
  givenNone: "None yet. Press “Give attention” on a biome, or open one and look around in its scene.",
  givenBiome: "Biome",
  givenPoints: "Points",
  givenPart: "Your part",
  givenTotal: "All",
  givenPartUnknown: "–",
};
