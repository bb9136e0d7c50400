import { describe, expect, test } from "vitest";
import { attemptFor, isReason, outcomeOf, type Command } from "./attempt";

const COMMAND: Command = {
  command_id: "c-1",
  command: "set_halt",
  by: "ann",
  reason: "why not",
  given_at: "2026-01-01T00:00:00Z",
  status: "applied",
  tick: 7,
  closed_at: "2026-01-01T00:00:01Z",
  refusal: null,
  username: null,
  asked: null,
};

function refusal(code: string) {
  return { ok: false, problem: { code, detail: "No." } } as const;
}

describe("an attempt", () => {
  test("keeps its key and its reason while it is unanswered", () => {
    const first = attemptFor(null, "one", () => "k1");
    expect(attemptFor(first, "another", () => "k2")).toEqual({ key: "k1", reason: "one" });
    expect(attemptFor(null, "two", () => "k2")).toEqual({ key: "k2", reason: "two" });
  });

  test("needs a reason of one line", () => {
    expect(isReason("  ")).toBe(false);
    expect(isReason("x".repeat(201))).toBe(false);
    expect(isReason("maintenance")).toBe(true);
  });
});

describe("what became of it", () => {
  test("a command is applied in a tick, pending, or refused", () => {
    expect(outcomeOf({ ok: true, body: COMMAND })).toEqual({ is: "applied", tick: 7 });
    expect(outcomeOf({ ok: true, body: { ...COMMAND, status: "pending", tick: null } })).toEqual({
      is: "pending",
      commandId: "c-1",
    });
    expect(outcomeOf(refusal("COMMAND_REFUSED")).is).toBe("refused");
  });

  test("an act that is no command is done when the API says yes", () => {
    expect(outcomeOf({ ok: true, body: { id: "x", username: "ann", role: "admin" } })).toEqual({
      is: "applied",
      tick: null,
    });
  });

  test.each(["NO_ANSWER", "LOG_UNAVAILABLE", "HTTP_502"])("after %s it is not known", (code) => {
    expect(outcomeOf(refusal(code)).is).toBe("unknown");
  });

  test.each(["NOT_FOUND", "ADMINS_ONLY", "INVALID"])("after %s nothing happened", (code) => {
    expect(outcomeOf(refusal(code)).is).toBe("refused");
  });
});
