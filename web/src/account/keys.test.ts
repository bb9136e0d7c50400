import { describe, expect, test } from "vitest";
import { checkKey, type KeyDraft } from "./keys";

const NOW = Date.UTC(2026, 0, 1);
const DRAFT: KeyDraft = { name: "bot", scopes: ["read", "trade"], expiry: "never" };

describe("a new API key", () => {
  test("has a name without the spaces around it, its scopes, and no end", () => {
    expect(checkKey({ ...DRAFT, name: " my bot " }, NOW)).toEqual({
      ok: true,
      request: { name: "my bot", scopes: ["read", "trade"], expires_at: null },
    });
  });

  test("ends after the days that were chosen", () => {
    const checked = checkKey({ ...DRAFT, expiry: "month" }, NOW);
    expect(checked.ok && checked.request.expires_at).toBe("2026-01-31T00:00:00.000Z");
  });

  test.each(["", "   ", "ü", "x".repeat(65)])("cannot have the name %j", (name) => {
    expect(checkKey({ ...DRAFT, name }, NOW)).toEqual({ ok: false, fault: "NAME" });
  });

  test("may do something", () => {
    expect(checkKey({ ...DRAFT, scopes: [] }, NOW)).toEqual({ ok: false, fault: "SCOPES" });
  });
});
