/** Calls to the API. A refusal is a value, not an exception: the caller shows its sentence. */
import type { paths } from "./schema";

/** The session is the HttpOnly cookie that the API sets; the page never sees a token. */
const CREDENTIALS: RequestCredentials = "same-origin";

/** Milliseconds: longer than any healthy answer, short enough that a person does not wonder. */
const PATIENCE_MS = 15_000;

/** The request left, and whether it was taken is not known: the connection failed or nothing came back. */
export const NO_ANSWER = "NO_ANSWER";

export interface Problem {
  /** The stable code of the API's problem document, or `NO_ANSWER`. */
  code: string;
  /** A sentence for people; empty when the answer was not a problem document. */
  detail: string;
}

export type Answer<T> = { ok: true; body: T } | { ok: false; problem: Problem };

type Method = "get" | "post";
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];
type Content<T> = T extends { content: { "application/json": infer B } } ? B : never;
type RequestBody<P extends PathOf<"post">> =
  Operation<"post", P> extends { requestBody: infer R } ? Content<R> : undefined;
type Responses<O> = O extends { responses: infer R } ? R : never;
type Success<O> = {
  [S in keyof Responses<O>]: S extends 200 | 201 | 202 ? Content<Responses<O>[S]> : never;
}[keyof Responses<O>];

export function get<P extends PathOf<"get">>(path: P): Promise<Answer<Success<Operation<"get", P>>>> {
  return ask(path, { method: "GET" });
}

export function post<P extends PathOf<"post">>(
  path: P,
  body: RequestBody<P>,
): Promise<Answer<Success<Operation<"post", P>>>> {
  if (body === undefined) return ask(path, { method: "POST" });
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask<T>(path: string, request: RequestInit): Promise<Answer<T>> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(path, { credentials: CREDENTIALS, signal, ...request });
    const text = await response.text();
    if (!response.ok) return { ok: false, problem: problemOf(response.status, text) };
    return { ok: true, body: (text === "" ? undefined : JSON.parse(text)) as T };
  } catch {
    return { ok: false, problem: { code: NO_ANSWER, detail: "" } };
  }
}

/** What a refused request says. A proxy's HTML page or an empty body still gives a code. */
export function problemOf(status: number, text: string): Problem {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === "object" && document !== null) {
      const { code, detail, errors } = document as Record<string, unknown>;
      return {
        code: typeof code === "string" ? code : `HTTP_${status}`,
        detail: fieldSentences(errors) ?? (typeof detail === "string" ? detail : ""),
      };
    }
  } catch {
    // Not JSON: the status alone has to tell.
  }
  return { code: `HTTP_${status}`, detail: "" };
}

/** What a problem says of each field at fault; it tells more than the detail, which then only points there. */
function fieldSentences(errors: unknown): string | null {
  if (!Array.isArray(errors)) return null;
  const sentences = errors
    .map((error: unknown) => (error as { message?: unknown } | null)?.message)
    .filter((message): message is string => typeof message === "string");
  return sentences.length === 0 ? null : sentences.join(" ");
}
