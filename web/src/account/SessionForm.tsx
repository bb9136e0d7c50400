import { useState, type FormEvent, type ReactNode } from "react";
import { logIn, register } from "../market/session";
import { text } from "../strings";
import { sentenceOf } from "../page/problems";

/** As the API takes them; checked here first, so that a person reads a sentence at once. */
const USERNAME = /^[A-Za-z0-9_-]{3,32}$/;
const SHORTEST_PASSWORD = 8;

/** One short form for both: signing up and logging in differ in one press. */
export function SessionForm(): ReactNode {
  const [isNew, setIsNew] = useState(true);
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const wrong = isNew ? faultOf(username, password) : null;
    setFault(wrong);
    if (wrong !== null || busy) return;
    setBusy(true);
    const answer = await (isNew ? register : logIn)({ username, password });
    setBusy(false);
    if (!answer.ok) setFault(sentenceOf(answer.problem));
  }

  return (
    <section id="trade" tabIndex={-1} aria-labelledby="join" className="card flex flex-col gap-4 p-5">
      <div>
        <h2 id="join" className="text-lg font-semibold">
          {text.joinTitle}
        </h2>
        <p className="mt-1 text-sm text-muted">{text.joinLead}</p>
      </div>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <label className="flex flex-col gap-1 text-sm">
          <span className="font-medium">{text.username}</span>
          <input
            className="field"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={32}
            required
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
          {isNew && <span className="text-xs text-muted">{text.usernameHint}</span>}
        </label>
        <label className="flex flex-col gap-1 text-sm">
          <span className="font-medium">{text.password}</span>
          <input
            className="field"
            type="password"
            name="password"
            autoComplete={isNew ? "new-password" : "current-password"}
            maxLength={128}
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          {isNew && <span className="text-xs text-muted">{text.passwordHint}</span>}
        </label>
        <p role="alert" className="text-sm text-down empty:hidden">
          {fault}
        </p>
        <button type="submit" className="button-primary" disabled={busy}>
          {busy ? text.working : isNew ? text.signUp : text.logIn}
        </button>
      </form>
      <p className="text-sm text-muted">
        {isNew ? text.haveAccount : text.noAccount}{" "}
        <button
          type="button"
          className="link"
          onClick={() => {
            setIsNew(!isNew);
            setFault(null);
          }}
        >
          {isNew ? text.logIn : text.signUp}
        </button>
      </p>
    </section>
  );
}

function faultOf(username: string, password: string): string | null {
  if (!USERNAME.test(username)) return text.usernameFault;
  return password.length < SHORTEST_PASSWORD ? text.passwordFault : null;
}
