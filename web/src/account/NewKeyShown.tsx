import { useEffect, useRef, type ReactNode } from "react";
import { accountText } from "../strings/account";
import { CopyButton } from "./CopyButton";
import type { MadeKey } from "./keys";

/** The one time that a key is shown. */
export function NewKeyShown({ made, onKept }: { made: MadeKey; onKept: () => void }): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <div className="flex flex-col gap-3 rounded-xl border-2 border-accent p-4 sm:p-5">
      <label htmlFor="made-key" className="font-semibold">
        {accountText.madeTitle}: {made.name}
      </label>
      <div className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
        <input
          ref={field}
          id="made-key"
          data-testid="made-key"
          className="field font-mono text-sm"
          readOnly
          value={made.key}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton text={made.key} what={accountText.madeTitle} shown={field} />
      </div>
      <p className="rounded-lg bg-warn px-3 py-2 text-sm text-warn-ink">{accountText.madeWarning}</p>
      <button type="button" className="button self-start" onClick={onKept}>
        {accountText.madeDone}
      </button>
    </div>
  );
}
