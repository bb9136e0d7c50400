import { useState, type FormEvent, type ReactNode } from "react";
import { post } from "../api/client";
import { Fault, TextField } from "../page/fields";
import { sentenceOf } from "../page/problems";
import { accountText, EXPIRIES, SCOPE_NAMES } from "../strings/account";
import { checkKey, type Expiry, type KeyDraft, type MadeKey, type Scope } from "./keys";
import { useIsAdmin } from "./me";

const EXPIRY_ORDER: readonly Expiry[] = ["never", "day", "month", "year"];
const EMPTY: KeyDraft = { name: "", scopes: ["read", "trade"], expiry: "never" };

export function NewKeyForm({ onMade }: { onMade: (key: MadeKey) => void }): ReactNode {
  const admin = useIsAdmin();
  const [draft, setDraft] = useState(EMPTY);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const offered: readonly Scope[] = admin ? ["read", "trade", "admin"] : ["read", "trade"];

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const checked = checkKey(draft, Date.now());
    setFault(checked.ok ? null : accountText.keyFaults[checked.fault]);
    if (!checked.ok) return;
    setBusy(true);
    const answer = await post("/api/v1/auth/api-keys", checked.request);
    setBusy(false);
    if (!answer.ok) return setFault(sentenceOf(answer.problem));
    setDraft(EMPTY);
    onMade(answer.body);
  }

  function toggle(scope: Scope, on: boolean): void {
    const scopes = offered.filter((each) => (each === scope ? on : draft.scopes.includes(each)));
    setDraft({ ...draft, scopes });
  }

  return (
    <form
      noValidate
      aria-labelledby="new-key"
      className="flex flex-col gap-4 rounded-xl bg-raised p-4 sm:p-5"
      onSubmit={(event) => void submit(event)}
    >
      <h4 id="new-key" className="font-semibold">
        {accountText.newKey}
      </h4>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={accountText.newKeyName}
          name="key-name"
          autoComplete="off"
          maxLength={64}
          placeholder={accountText.newKeyNamePlaceholder}
          value={draft.name}
          onChange={(name) => setDraft({ ...draft, name })}
        />
        <label className="flex flex-col gap-1 text-sm">
          <span className="font-medium">{accountText.newKeyExpiry}</span>
          <select
            className="field"
            name="key-expiry"
            value={draft.expiry}
            onChange={(event) => {
              const expiry = EXPIRY_ORDER.find((each) => each === event.target.value);
              if (expiry !== undefined) setDraft({ ...draft, expiry });
            }}
          >
            {EXPIRY_ORDER.map((each) => (
              <option key={each} value={each}>
                {EXPIRIES[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <fieldset className="flex flex-col gap-2 text-sm">
        <legend className="mb-1 font-medium">{accountText.newKeyScopes}</legend>
        {offered.map((scope) => (
          <div key={scope}>
            <label className="flex items-start gap-2.5 font-medium">
              <input
                type="checkbox"
                className="check"
                name={`scope-${scope}`}
                aria-describedby={`about-${scope}`}
                checked={draft.scopes.includes(scope)}
                onChange={(event) => toggle(scope, event.target.checked)}
              />
              {SCOPE_NAMES[scope].name}
            </label>
            <p id={`about-${scope}`} className="pl-7 text-muted">
              {SCOPE_NAMES[scope].why}
            </p>
          </div>
        ))}
      </fieldset>
      <Fault>{fault}</Fault>
      <button type="submit" className="button-primary self-start px-6" disabled={busy}>
        {busy ? accountText.making : accountText.make}
      </button>
    </form>
  );
}
