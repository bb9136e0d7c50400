/** Signing in and out, and the stream that follows: it is opened again so that it carries the player's own events. */
import { get, post, type Answer } from "../api/client";
import type { Player } from "../api/types";
import { marketStore } from "./store";
import { openStream } from "./stream";

export interface Credentials {
  username: string;
  password: string;
}

/** Tells the other tabs of this browser, which share the cookie, that someone else is signed in now. */
const otherTabs = new BroadcastChannel("biome-market-session");

let closeStream: (() => void) | null = null;
/** Counts sessions, so that an answer to a question of an earlier one is not taken for this one's. */
let session = 0;

export function startLive(): void {
  otherTabs.addEventListener("message", () => {
    marketStore.dispatch({ type: "signed-out" });
    reopenStream();
  });
  marketStore.subscribe(learnName);
  reopenStream();
}

export async function register(credentials: Credentials): Promise<Answer<unknown>> {
  return enter(await post("/api/v1/auth/register", credentials));
}

export async function logIn(credentials: Credentials): Promise<Answer<unknown>> {
  return enter(await post("/api/v1/auth/login", credentials));
}

export async function logOut(): Promise<Answer<unknown>> {
  return leave(await post("/api/v1/auth/logout", undefined));
}

/** Ends all sessions of the player, on every device. */
export async function logOutEverywhere(): Promise<Answer<unknown>> {
  return leave(await post("/api/v1/auth/logout-everywhere", undefined));
}

function leave(answer: Answer<unknown>): Answer<unknown> {
  if (answer.ok) {
    marketStore.dispatch({ type: "signed-out" });
    changeSession();
  }
  return answer;
}

function enter(answer: Answer<{ player: Player }>): Answer<unknown> {
  if (answer.ok) {
    marketStore.dispatch({ type: "signed-in", player: answer.body.player });
    changeSession();
  }
  return answer;
}

function changeSession(): void {
  reopenStream();
  otherTabs.postMessage("changed");
}

function reopenStream(): void {
  session += 1;
  closeStream?.();
  closeStream = openStream(marketStore.dispatch);
}

/** An account without a name: the page was loaded with a session. A stranger is never asked about, since the refusal would
 * stand in the browser's console as an error. */
let asked = 0;
function learnName(): void {
  const { account, player } = marketStore.read();
  if (account === null || player !== null || asked === session) return;
  asked = session;
  void askName(session);
}

async function askName(of: number): Promise<void> {
  const answer = await get("/api/v1/auth/me");
  if (answer.ok && of === session) marketStore.dispatch({ type: "signed-in", player: answer.body });
}
