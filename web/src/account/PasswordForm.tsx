import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { post } from "../api/client";
import { useMarket } from "../market/store";
import { Fault, TextField } from "../page/fields";
import { sentenceOf } from "../page/problems";
import { accountText } from "../strings/account";

const SHORTEST = 8;

export function PasswordForm(): ReactNode {
  const username = useMarket((state) => state.player?.username);
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [revokeKeys, setRevokeKeys] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [done, setDone] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const wrong = faultOf(current, next);
    setFault(wrong);
    setDone(false);
    if (wrong !== null || busy) return;
    setBusy(true);
    const answer = await post("/api/v1/auth/password", {
      current_password: current,
      new_password: next,
      revoke_keys: revokeKeys,
    });
    setBusy(false);
    if (!answer.ok) return setFault(sentenceOf(answer.problem));
    setCurrent("");
    setNext("");
    setDone(true);
    if (revokeKeys) void client.invalidateQueries({ queryKey: ["api-keys"] });
  }

  return (
    <section aria-labelledby="password" className="card flex min-w-0 flex-col gap-4 p-5">
      <h3 id="password" className="text-lg font-semibold">
        {accountText.password}
      </h3>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        {/* Password managers look for the name that a new password belongs to. */}
        <input type="hidden" name="username" autoComplete="username" value={username ?? ""} />
        <TextField
          label={accountText.currentPassword}
          type="password"
          name="current-password"
          autoComplete="current-password"
          maxLength={128}
          value={current}
          onChange={setCurrent}
        />
        <TextField
          label={accountText.newPassword}
          hint={accountText.newPasswordHint}
          type="password"
          name="new-password"
          autoComplete="new-password"
          maxLength={128}
          value={next}
          onChange={setNext}
        />
        <label className="flex items-start gap-2.5 text-sm">
          <input
            type="checkbox"
            className="check"
            name="revoke-keys"
            checked={revokeKeys}
            onChange={(event) => setRevokeKeys(event.target.checked)}
          />
          <span>
            {accountText.revokeKeysToo}
            <span className="block text-xs text-muted">{accountText.revokeKeysTooHint}</span>
          </span>
        </label>
        <Fault>{fault}</Fault>
        <p role="status" className="text-sm text-up empty:hidden">
          {done ? accountText.changed : ""}
        </p>
        <button type="submit" className="button self-start" disabled={busy}>
          {accountText.change}
        </button>
      </form>
    </section>
  );
}

function faultOf(current: string, next: string): string | null {
  if (current === "") return accountText.currentMissing;
  return next.length < SHORTEST ? accountText.newTooShort : null;
}
