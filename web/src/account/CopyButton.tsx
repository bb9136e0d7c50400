import { useEffect, useState, type ReactNode, type RefObject } from "react";
import { accountText } from "../strings/account";
import { copy, type Copied } from "./copy";

/** Milliseconds that the button says what it did. */
const SAYS_MS = 2_500;

interface Props {
  text: string;
  /** What the text is, for people who only hear the button. */
  what: string;
  /** Where the text stands; it is selected when it cannot be copied. */
  shown: RefObject<HTMLElement | null>;
}

export function CopyButton({ text, what, shown }: Props): ReactNode {
  const [done, setDone] = useState<Copied | null>(null);
  useEffect(() => {
    if (done === null) return undefined;
    const timer = window.setTimeout(() => setDone(null), SAYS_MS);
    return () => window.clearTimeout(timer);
  }, [done]);
  return (
    <>
      <button
        type="button"
        className="button min-w-24 shrink-0"
        aria-label={accountText.copyOf(what)}
        onClick={() => void copy(text, shown.current).then(setDone)}
      >
        {done === null ? accountText.copy : accountText[done]}
      </button>
      <span role="status" className="sr-only">
        {done === null ? "" : accountText[done]}
      </span>
    </>
  );
}
