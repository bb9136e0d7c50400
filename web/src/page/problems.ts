import { NO_ANSWER, type Problem } from "../api/client";
import { text } from "../strings";

/** The sentence that a person reads for a refused request. */
export function sentenceOf(problem: Problem, noAnswer = text.noAnswer): string {
  if (problem.code === NO_ANSWER) return noAnswer;
  return problem.detail === "" ? text.unknownProblem(problem.code) : problem.detail;
}
