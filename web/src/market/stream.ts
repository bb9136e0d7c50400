/** The live stream: Server-Sent Events into the store's events, for as long as the page is open. */
import type { Account, Order, Snapshot, Status, Tick } from "../api/types";
import type { MarketEvent } from "./state";

export const STREAM_PATH = "/api/v1/biome-market/stream";

/** Milliseconds of waiting before the stream is opened again when the browser gave up on it (an answer other than
 * 200); doubles up to the longest, so that a restarting API is not hammered. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;
/** Milliseconds without any event after which the connection is taken for dead though nobody closed it (a laptop
 * that slept, a network that changed): ticks come every half second. */
const SILENCE_MS = 20_000;

/**
 * Opens the stream and keeps it open. A cut connection is resumed by the browser itself with Last-Event-ID, after the time
 * that the server's goodbye gives; one that the browser gave up on, or that fell silent, is opened again and goes on with
 * `since`. When the session may have ended, it begins anew: the snapshot tells who is signed in.
 *
 * @returns a function that closes it for good.
 */
export function openStream(dispatch: (event: MarketEvent) => void): () => void {
  let source: EventSource | null = null;
  let retry: number | undefined;
  let silence: number | undefined;
  let retryMs = FIRST_RETRY_MS;
  let lastId = "";

  function reopenLater(): void {
    close();
    dispatch({ type: "disconnected" });
    retry = window.setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }

  function heard(): void {
    window.clearTimeout(silence);
    silence = window.setTimeout(reopenLater, SILENCE_MS);
  }

  function on<T>(opened: EventSource, name: string, toEvent: (data: T) => MarketEvent): void {
    opened.addEventListener(name, (message: MessageEvent<string>) => {
      heard();
      retryMs = FIRST_RETRY_MS;
      lastId = message.lastEventId;
      dispatch(toEvent(JSON.parse(message.data) as T));
    });
  }

  function open(): void {
    const opened = new EventSource(lastId === "" ? STREAM_PATH : `${STREAM_PATH}?since=${lastId}`);
    source = opened;
    heard();
    opened.addEventListener("open", () => dispatch({ type: "connected" }));
    opened.addEventListener("error", () => {
      if (opened.readyState === EventSource.CLOSED) reopenLater();
      else dispatch({ type: "disconnected" });
    });
    on<Snapshot>(opened, "snapshot", (snapshot) => ({ type: "snapshot", snapshot, at: performance.now() }));
    on<Tick>(opened, "tick", (markets) => ({ type: "tick", markets, at: performance.now() }));
    on<Order>(opened, "order", (order) => ({ type: "order", order }));
    on<Account>(opened, "account", (account) => ({ type: "account", account }));
    // What else a status tells needs no answer: a stream that a server ends for itself is opened again by the browser.
    opened.addEventListener("status", (message: MessageEvent<string>) => {
      heard();
      const { status, reason } = JSON.parse(message.data) as Status;
      if (status !== "closing" || reason !== "rights") return;
      lastId = "";
      reopenLater();
    });
  }

  function close(): void {
    window.clearTimeout(retry);
    window.clearTimeout(silence);
    source?.close();
    source = null;
  }

  open();
  return close;
}
