import { describe, expect, test } from "vitest";
import { problemOf } from "./client";

describe("what a refusal says", () => {
  test("a problem document gives its code and its sentence", () => {
    const text = JSON.stringify({ code: "USERNAME_TAKEN", detail: "That name is taken.", status: 409 });
    expect(problemOf(409, text)).toEqual({ code: "USERNAME_TAKEN", detail: "That name is taken." });
  });

  test("of an invalid request, the sentences of its fields", () => {
    const errors = [
      { field: "body.username", message: "Too short." },
      { field: "body.password", message: "Too weak." },
    ];
    const text = JSON.stringify({ code: "INVALID", detail: "See errors.", errors });
    expect(problemOf(422, text)).toEqual({ code: "INVALID", detail: "Too short. Too weak." });
  });

  test.each(["<html>Bad gateway</html>", "", "null", "[]", "7"])("%j still gives a code", (text) => {
    expect(problemOf(502, text)).toEqual({ code: "HTTP_502", detail: "" });
  });
});
