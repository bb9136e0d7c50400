/** What the admin view says. */
import type { Asked } from "../admin/asked";
import type { Outcome } from "../admin/attempt";
import type { Field, Name, Unit } from "../admin/settings";
import { showMicro } from "../market/micro";
import { BIOME_NAMES, CURRENCY } from "./common";

export const adminText = {
  lead: "Every command goes through the market’s own log: who gave it, why, and what became of it stays on record.",
  adminsOnly:
    "This is for admins. Your account is none; an operator can make it one with “biome admin grant-role”.",
  signInFirst: "This is for admins. Log in with an admin’s account.",

  status: "How the market is",
  tick: "Tick",
  tickAge: "Its age",
  ms: (ms: string) => `${ms} ms`,
  historyBehind: "History behind",
  ticks: (ticks: number) => `${ticks.toLocaleString("en")} ${ticks === 1 ? "tick" : "ticks"}`,
  accounts: "Accounts",
  shards: "Attention shards",
  halted: "Halted",
  nothing: "nothing",
  wholeMarket: "the whole market",
  partitions: "How far the reader of each partition is",
  reader: "Reader",
  partition: "Partition",
  next: "Reads next",
  end: "End",
  waiting: "Waiting",
  slow: "slow",

  halts: "Halts",
  haltsLead: "A halted biome moves no cash, and its orders are rejected. Ticks go on.",
  market: "The whole market",
  running: "running",
  isHalted: "halted",
  halt: "Halt",
  resume: "Resume",
  haltOf: (what: string) => `Halt ${what}`,
  resumeOf: (what: string) => `Resume ${what}`,
  haltSays: (what: string) =>
    `From the next tick on, orders for ${what} are rejected, and no cash moves there, until it is resumed. Holdings stay as they are.`,
  resumeSays: (what: string) => `From the next tick on, ${what} moves and trades again.`,
  resumeMarketSays:
    "From the next tick on, the market moves and trades again. A biome that was halted by itself stays halted.",

  players: "Players",
  playersLead: "By username, whatever its case.",
  username: "Username",
  freeze: "Freeze",
  thaw: "Thaw",
  freezeSays: (name: string) =>
    `${name} can look on, but cannot place orders until thawed. What they own stays theirs.`,
  thawSays: (name: string) => `${name} may place orders again.`,
  amount: `Amount in ${CURRENCY}`,
  grant: "Grant",
  grantTitle: (amount: string, name: string) => `Grant ${amount} ${CURRENCY} to ${name}?`,
  grantSays: (amount: string) =>
    `${amount} ${CURRENCY} come into being, for good: everyone sees them in the grants of each tick. A grant cannot be taken back.`,
  makeAdmin: "Make admin",
  makeAdminSays: (name: string) => `${name} may do everything on this page, at once.`,
  makePlayer: "Make player",
  makePlayerSays: (name: string) =>
    `${name} is an ordinary player again. Their admin keys are worth nothing then.`,
  nameFault: "A username has 3 to 32 letters, digits, hyphens or underscores.",
  amountFault: "An amount is a number above zero with at most six decimals, such as 100.25.",

  settings: "Settings",
  settingsLead: "The tick that takes a change in already goes by it. Only what you change is sent.",
  inForce: (value: string) => `now ${value}`,
  changed: "changed",
  review: "Review the changes",
  undo: "Undo",
  noChange: "Nothing is changed.",
  settingsTitle: "Change the settings?",
  changeSettings: "Change them",
  settingsSays: "From the next tick on, for everyone:",
  setting: "Setting",
  from: "Now",
  to: "Then",
  faultOf: (field: Field) => {
    if (field.unit === "bdt") return "A number above zero with at most six decimals.";
    const [least, most] =
      field.unit === "percent" ? [field.least / 100, field.most / 100] : [field.least, field.most];
    const kind = field.unit === "percent" ? "A number" : "A whole number";
    return `${kind} from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}.`;
  },

  commands: "Commands",
  noCommands: "No command was given yet.",
  what: "What",
  who: "Who",
  why: "Why",
  when: "When",
  outcome: "Outcome",
  applied: "applied",
  refused: "refused",
  pending: "pending",
  inTick: (tick: string) => `tick ${tick}`,
  older: "Older ones",

  actions: "Other actions",
  actionsLead: "Roles, and dead letters that were sent again.",
  noActions: "None yet.",
  actionNames: { set_role: "Role", redrive: "Sent again" } as Record<string, string>,

  letters: "Dead letters",
  lettersLead:
    "Messages that were not understood. Nothing is lost: their bytes are kept, and can be sent again once newer code understands them.",
  noLetters: "None. Every message was understood.",
  where: "Where it stood",
  place: (topic: string, partition: number, offset: string) =>
    `${topic}, partition ${partition}, offset ${offset}`,
  size: "Size",
  bytes: (bytes: string) => `${bytes} bytes`,
  look: "Look",
  lookAt: (offset: string) => `Look at dead letter ${offset}`,
  letter: (offset: string) => `Dead letter ${offset}`,
  detail: "Detail",
  sha256: "SHA-256",
  key: "Key",
  none: "none",
  value: "Value",
  asBytes: "Not text: shown as bytes.",
  cut: "Not all bytes of it were kept, so it cannot be sent again.",
  redriven: "It was sent again.",
  sentAgain: "sent again",
  redrive: "Send it again",
  redriveTitle: (offset: string) => `Send dead letter ${offset} again?`,
  redriveSays: (topic: string) =>
    `Its bytes are written to ${topic} once more, as something new: pings count as attention of now, an old order as expired. This is possible once.`,
  close: "Close",

  reason: "Reason",
  reasonHint: "One line. It is recorded with your name.",
  reasonFault: "Give a reason: one line of at most 200 characters.",
  cancel: "Cancel",
  giving: "Waiting for the tick…",
  again: "Try again",
  againHint: "It is the same command and cannot happen twice.",
};

export const SETTING_NAMES: Record<Name, { name: string; why: string }> = {
  pool_bp: { name: "Pool", why: "Part of each biome’s cash that is pooled every tick." },
  floor_cash_bdt: { name: "Floor", why: "A biome with no more cash than this pays nothing into the pool." },
  fee_bp: { name: "Fee", why: "On top of a buy, off a sale’s proceeds." },
  largest_order_bp: {
    name: "Largest order",
    why: "Part of a biome’s cash, for all of a player’s orders there in one tick.",
  },
  smallest_buy_bdt: { name: "Smallest buy", why: "Below it, rounding alone would cost too much." },
  smallest_price_bdt: { name: "Smallest price", why: "A share below it cannot be bought. At least 0.01." },
  orders_per_minute: { name: "Orders a minute", why: "Of one player." },
  minimum_hold_ticks: {
    name: "Minimum hold",
    why: "Shares are sold no sooner than so many ticks later. 0: at once.",
  },
  deadline_ms: { name: "Deadline", why: "An order that waited longer is rejected." },
  window_ms: { name: "Window", why: "Time between two ticks." },
  attention_stale_ms: {
    name: "Stale attention",
    why: "When attention is further behind, a tick fills nothing.",
  },
  rules: { name: "Rules", why: "Version of the rules. Every worker must know it." },
};

export const UNITS: Record<Unit, string> = {
  percent: "%",
  bdt: CURRENCY,
  ms: "ms",
  ticks: "ticks",
  orders: "orders",
  version: "",
};

/** What became of an act, for whoever did it. */
export function outcomeSentence(outcome: Outcome): string {
  switch (outcome.is) {
    case "applied":
      return outcome.tick === null ? "Done." : `Applied in tick ${outcome.tick.toLocaleString("en")}.`;
    case "pending":
      return "Sent, but no tick has taken it in yet. This goes on watching…";
    case "refused":
      return `Refused: ${outcome.why || outcome.code}`;
    case "unknown":
      return `It is not known whether it happened. ${outcome.why || "No answer came."}`;
  }
}

/** What a command was to do. */
export function askedSentence(asked: Asked): string {
  switch (asked.is) {
    case "halt":
    case "resume": {
      const what = asked.biome === null ? adminText.wholeMarket : BIOME_NAMES[asked.biome];
      return asked.is === "halt" ? adminText.haltOf(what) : adminText.resumeOf(what);
    }
    case "freeze":
      return `${adminText.freeze} ${asked.player}`;
    case "thaw":
      return `${adminText.thaw} ${asked.player}`;
    case "grant":
      return `Grant ${showMicro(asked.micro)} ${CURRENCY} to ${asked.player}`;
    case "settings":
      return "Change settings";
    case "other":
      return asked.command;
  }
}
