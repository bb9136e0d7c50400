/** What the account view says. */
import type { Scope } from "../account/keys";

export const accountText = {
  signInFirst: "Your account, and the keys for your bots, are here once you play.",
  who: "Who you are",
  username: "Username",
  playerId: "Player id",
  playerIdHint: "Game servers name you by it.",
  rights: "You may",
  accountState: "Account",
  open: "open",
  pending: "being opened",

  toAdmin: "Administer the market",

  copy: "Copy",
  copyOf: (what: string) => `Copy: ${what}`,
  copied: "Copied",
  selected: "Press Ctrl+C",

  keys: "API keys",
  keysLead:
    "A bot signs in with a key instead of your password. Give each bot one of its own, and revoke it when you no longer need it.",
  noKeys: "No keys yet. Make one below, and your first bot is a minute away.",
  keyList: "Your API keys",
  keyName: "Name",
  keyPrefix: "Begins with",
  keyScopes: "May",
  keyUsed: "Last used",
  keyExpires: "Ends",
  never: "never",
  neverUsed: "not yet",
  actions: "Actions",
  revoke: "Revoke",
  revokeOf: (name: string) => `Revoke the key ${name}`,
  revokeTitle: (name: string) => `Revoke ${name}?`,
  revokeLead: "Programs that use this key are turned away at once. This cannot be undone.",
  keep: "Keep it",
  revoked: (name: string) => `The key ${name} is revoked.`,

  newKey: "Make a key",
  newKeyName: "What is it for?",
  newKeyNamePlaceholder: "my first bot",
  newKeyScopes: "What may it do?",
  newKeyExpiry: "When does it end?",
  make: "Make the key",
  making: "Making…",
  madeTitle: "Your new key",
  madeWarning:
    "Copy it now: it is shown this once, and nobody can show it again. Whoever has it can do what it may do.",
  madeDone: "I have kept it",
  keyFaults: {
    NAME: "Give it a name of 1 to 64 plain letters, digits or signs.",
    SCOPES: "Choose at least one thing that it may do.",
  },

  bots: "Start a bot",
  botsLead: "Copy, paste, run. Each of these works as it stands.",
  botsWithKey: "They have your new key in them already.",
  botsWithoutKey: "Put a key of yours where it says YOUR_KEY.",
  language: "Written in",
  curl: "curl",
  python: "Python",
  curlOrder: "Buy for 10 BDT, and wait for the fill",
  curlOrderHint: "Sent again with the same Idempotency-Key, it is the same order and happens once.",
  curlStream: "Watch the market, and your own orders",
  curlStreamHint: "Server-Sent Events: a tick every half second. Needs a key that may read.",
  pythonInstall: "Once, in the project’s folder",
  pythonInstallHint: "The package client/ needs nothing else of the project.",
  pythonBot: "A bot that buys what falls",
  pythonBotHint:
    "Save it beside the folder client/ and run it. It stops after one purchase: the rest is yours to write.",
  apiDocs: "API documentation",
  streamDocs: "The streams (AsyncAPI)",
  openApi: "OpenAPI document",

  password: "Change your password",
  currentPassword: "Your password now",
  newPassword: "The new one",
  newPasswordHint: "8 characters or more",
  revokeKeysToo: "Revoke all API keys as well",
  revokeKeysTooHint: "Do so if someone else may have made one.",
  change: "Change it",
  changed: "Your password is changed. All other devices are logged out.",
  currentMissing: "Give your password as it is now.",
  newTooShort: "A password has 8 characters or more.",

  leaving: "Log out",
  leavingLead: "Here, or on every device at once. API keys go on working until you revoke them.",
  logOutEverywhere: "Log out everywhere",
  logOutEverywhereTitle: "Log out everywhere?",
  logOutEverywhereLead:
    "Every browser and program that signed in with your password has to do so again, this one included.",
  stay: "Stay",
};

export const SCOPE_NAMES: Record<Scope, { name: string; why: string }> = {
  read: { name: "read", why: "See your cash, holdings, orders and your own stream." },
  trade: { name: "trade", why: "Buy, sell and give attention in your name." },
  admin: { name: "admin", why: "Everything that you may do as an admin. Keep such a key very well." },
};

export const EXPIRIES: Record<string, string> = {
  never: "When I revoke it",
  day: "After a day",
  month: "After 30 days",
  year: "After a year",
};
