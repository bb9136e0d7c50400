/** What TanStack Query needs to ask the API: refusals become errors that keep their problem. */
import { QueryClient } from "@tanstack/react-query";
import { NO_ANSWER, type Answer, type Problem } from "./client";

/** Refusals that another try will not change. */
const FINAL = /^(INVALID|NOT_|FORBIDDEN|TICK_NOT_KEPT|HTTP_4)/;
const TRIES = 2;

export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The body of an answer. Throws Refusal: TanStack Query tells failures by exceptions. */
export async function bodyOf<T>(answer: Promise<Answer<T>>): Promise<T> {
  const given = await answer;
  if (!given.ok) throw new Refusal(given.problem);
  return given.body;
}

export function problemIn(error: unknown): Problem {
  return error instanceof Refusal ? error.problem : { code: NO_ANSWER, detail: "" };
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < TRIES && !FINAL.test(problemIn(error).code),
      staleTime: 5_000,
      // The browser's own guess of being offline is often wrong: the API's answer decides.
      networkMode: "always",
    },
  },
});
