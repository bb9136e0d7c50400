import { useEffect, useRef, useState, type FormEvent, type InputHTMLAttributes, type ReactNode } from "react";
import type { Problem } from "../api/client";
import { logIn, register } from "../market/session";
import { text, ticketText } from "../strings";
import { sentenceOf } from "../page/problems";
import { focusTaken, useTicket } from "../trade/ticket";

/** As the API takes them; checked here first, so that a person reads a sentence at once. */
const USERNAME = /^[A-Za-z0-9_-]{3,32}$/;
const SHORTEST_PASSWORD = 8;

type Field = "username" | "password";

interface FormFault {
  /** Null: it is about neither field. */
  field: Field | null;
  sentence: string;
}

/** Refusals of the API that are about one field. */
const FIELD_OF: Record<string, Field> = { USERNAME_TAKEN: "username", WRONG_PASSWORD: "password" };

interface Props {
  /** Why it is shown, if it was not asked for. */
  notice?: string | null;
  onDone?: () => void;
}

/** One short form for both: signing up and logging in differ in one press. */
export function SessionForm({ notice = null, onDone }: Props): ReactNode {
  const [isNew, setIsNew] = useState(true);
  const { fault, busy, section, submit, forget } = useEntering(isNew, onDone);
  return (
    <section
      ref={section}
      id="trade"
      tabIndex={-1}
      aria-labelledby="join"
      className="card flex flex-col gap-4 p-5 outline-none"
    >
      <div className="pr-8 lg:pr-0">
        <h2 id="join" className="text-lg font-semibold">
          {text.joinTitle}
        </h2>
        <p className="mt-1 text-sm text-muted">{notice ?? text.joinLead}</p>
      </div>
      <form
        noValidate
        aria-busy={busy}
        className="flex flex-col gap-4"
        onSubmit={(event) => void submit(event)}
      >
        <UsernameField isNew={isNew} fault={faultIn(fault, "username")} />
        <PasswordField isNew={isNew} fault={faultIn(fault, "password")} />
        {fault?.field === null && <FaultLine id="form-fault" sentence={fault.sentence} />}
        <button type="submit" className="button-primary" aria-disabled={busy}>
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
            forget();
          }}
        >
          {isNew ? text.logIn : text.signUp}
        </button>
      </p>
    </section>
  );
}

interface Entering {
  fault: FormFault | null;
  busy: boolean;
  section: React.RefObject<HTMLElement | null>;
  submit: (event: FormEvent<HTMLFormElement>) => Promise<void>;
  forget: () => void;
}

/** Checks, sends, and brings the focus to the field at fault. The fields keep their own text: a password has no business in
 * the state of the page. */
function useEntering(isNew: boolean, onDone: (() => void) | undefined): Entering {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<FormFault | null>(null);
  const section = useRef<HTMLElement>(null);
  useWantedFocus(section);

  function refuse(wrong: FormFault): void {
    setFault(wrong);
    if (wrong.field !== null) inputIn(section.current, wrong.field)?.focus();
  }

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const typed = new FormData(event.currentTarget);
    const username = String(typed.get("username") ?? "").trim();
    const password = String(typed.get("password") ?? "");
    const wrong = faultOf({ username, password, isNew });
    if (wrong !== null) {
      refuse(wrong);
      return;
    }
    setFault(null);
    setBusy(true);
    const answer = await (isNew ? register : logIn)({ username, password });
    setBusy(false);
    if (answer.ok) onDone?.();
    else refuse(refusalOf(answer.problem));
  }

  return { fault, busy, section, submit, forget: () => setFault(null) };
}

function UsernameField({ isNew, fault }: { isNew: boolean; fault: string | null }): ReactNode {
  return (
    <div className="flex flex-col gap-1 text-sm">
      <label htmlFor="username" className="font-medium">
        {text.username}
      </label>
      <Input
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={32}
        fault={fault}
      />
      <Hint of="username" fault={fault} hint={isNew ? text.usernameHint : null} />
    </div>
  );
}

function PasswordField({ isNew, fault }: { isNew: boolean; fault: string | null }): ReactNode {
  const [shown, setShown] = useState(false);
  return (
    <div className="flex flex-col gap-1 text-sm">
      <label htmlFor="password" className="font-medium">
        {text.password}
      </label>
      <div className="relative">
        <Input
          name="password"
          type={shown ? "text" : "password"}
          autoComplete={isNew ? "new-password" : "current-password"}
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          maxLength={128}
          fault={fault}
          room
        />
        <button
          type="button"
          className="link absolute inset-y-0 right-0 px-3 text-xs"
          title={ticketText.showPasswordHint}
          onClick={() => setShown(!shown)}
        >
          {shown ? ticketText.hidePassword : ticketText.showPassword}
        </button>
      </div>
      <Hint of="password" fault={fault} hint={isNew ? text.passwordHint : null} />
    </div>
  );
}

function Input({
  name,
  fault,
  room,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { name: Field; fault: string | null; room?: boolean }): ReactNode {
  return (
    <input
      {...rest}
      id={name}
      name={name}
      className={`field ${room === true ? "pr-16" : ""}`}
      required
      aria-invalid={fault !== null}
      aria-describedby={`${name}-hint`}
    />
  );
}

/** What is asked for, or what is wrong with it: at one place, so that nothing jumps. */
function Hint({ of, fault, hint }: { of: Field; fault: string | null; hint: string | null }): ReactNode {
  if (fault !== null) return <FaultLine id={`${of}-hint`} sentence={fault} />;
  return (
    <p id={`${of}-hint`} className="text-xs text-muted empty:hidden">
      {hint}
    </p>
  );
}

function FaultLine({ id, sentence }: { id: string; sentence: string }): ReactNode {
  return (
    <p id={id} role="alert" className="text-xs font-medium text-down">
      {sentence}
    </p>
  );
}

/** Takes the focus when the form was asked for. */
function useWantedFocus(section: React.RefObject<HTMLElement | null>): void {
  const { focusWanted } = useTicket();
  useEffect(() => {
    if (!focusWanted) return;
    focusTaken();
    inputIn(section.current, "username")?.focus({ preventScroll: true });
    section.current?.scrollIntoView({ block: "nearest" });
  }, [focusWanted, section]);
}

function inputIn(section: HTMLElement | null, field: Field): HTMLInputElement | null {
  return section?.querySelector<HTMLInputElement>(`[name=${field}]`) ?? null;
}

function faultIn(fault: FormFault | null, field: Field): string | null {
  return fault !== null && fault.field === field ? fault.sentence : null;
}

function refusalOf(problem: Problem): FormFault {
  return { field: FIELD_OF[problem.code] ?? null, sentence: sentenceOf(problem) };
}

function faultOf({
  username,
  password,
  isNew,
}: {
  username: string;
  password: string;
  isNew: boolean;
}): FormFault | null {
  if (isNew && !USERNAME.test(username)) return { field: "username", sentence: text.usernameFault };
  if (isNew && password.length < SHORTEST_PASSWORD)
    return { field: "password", sentence: text.passwordFault };
  if (username === "") return { field: "username", sentence: text.usernameFault };
  return password === "" ? { field: "password", sentence: text.passwordFault } : null;
}
