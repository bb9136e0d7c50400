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

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];
type Content<T> = T extends { content: { "application/json": infer B } } ? B : never;
type RequestBody<O> = O extends { requestBody: infer R } ? Content<R> : undefined;
type Responses<O> = O extends { responses: infer R } ? R : never;
type Success<O> = {
  [S in keyof Responses<O>]: S extends 200 | 201 | 202 ? Content<Responses<O>[S]> : never;
}[keyof Responses<O>];
type Part<O, K extends string> = O extends { parameters: Partial<Record<K, infer V>> }
  ? Exclude<V, undefined>
  : never;

/** What stands beside the body: names in the path, the query, and headers of its own. */
export interface Parameters<O> {
  path?: Part<O, "path">;
  query?: Part<O, "query">;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export type Body<M extends Method, P extends PathOf<M>> = Success<Operation<M, P>>;

export function get<P extends PathOf<"get">>(
  path: P,
  parameters: Parameters<Operation<"get", P>> = {},
): Promise<Answer<Body<"get", P>>> {
  return ask("GET", path, undefined, parameters);
}

export function post<P extends PathOf<"post">>(
  path: P,
  body: RequestBody<Operation<"post", P>>,
  parameters: Parameters<Operation<"post", P>> = {},
): Promise<Answer<Body<"post", P>>> {
  return ask("POST", path, body, parameters);
}

export function put<P extends PathOf<"put">>(
  path: P,
  body: RequestBody<Operation<"put", P>>,
  parameters: Parameters<Operation<"put", P>> = {},
): Promise<Answer<Body<"put", P>>> {
  return ask("PUT", path, body, parameters);
}

export function patch<P extends PathOf<"patch">>(
  path: P,
  body: RequestBody<Operation<"patch", P>>,
  parameters: Parameters<Operation<"patch", P>> = {},
): Promise<Answer<Body<"patch", P>>> {
  return ask("PATCH", path, body, parameters);
}

export function remove<P extends PathOf<"delete">>(
  path: P,
  parameters: Parameters<Operation<"delete", P>>,
): Promise<Answer<Body<"delete", P>>> {
  return ask("DELETE", path, undefined, parameters);
}

/** The address with its names and its query filled in; what is null or undefined is left out. */
export function addressWith(
  path: string,
  names: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value != null) asked.set(name, String(value));
  return asked.size === 0 ? filled : `${filled}?${asked.toString()}`;
}

interface Asked {
  path?: unknown;
  query?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

async function ask<T>(method: string, path: string, body: unknown, asked: Asked): Promise<Answer<T>> {
  const { path: names, query, headers, signal } = asked;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const request: RequestInit = {
    method,
    credentials: CREDENTIALS,
    signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    headers: body === undefined ? { ...headers } : { "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  try {
    const address = addressWith(path, names as Record<string, unknown>, query as Record<string, unknown>);
    const response = await fetch(address, request);
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
