import { useRef, type ReactNode } from "react";
import { CopyButton } from "./CopyButton";

/** A piece of a program to be copied. */
export function Snippet({ title, hint, code }: { title: string; hint?: string; code: string }): ReactNode {
  const shown = useRef<HTMLElement>(null);
  return (
    <figure className="flex min-w-0 flex-col gap-1.5">
      <figcaption className="flex items-end justify-between gap-3 text-sm">
        <span>
          <span className="font-semibold">{title}</span>
          {hint !== undefined && <span className="block text-muted">{hint}</span>}
        </span>
        <CopyButton text={code} what={title} shown={shown} />
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <pre className="code" tabIndex={0} aria-label={title}>
        <code ref={shown}>{code}</code>
      </pre>
    </figure>
  );
}
