/** What forms are made of: a field under its name, and what is wrong. */
import type { ComponentProps, ReactNode } from "react";

interface Props extends Omit<ComponentProps<"input">, "onChange"> {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
}

export function TextField({ label, hint, onChange, className = "", ...input }: Props): ReactNode {
  return (
    <label className={`flex flex-col gap-1 text-sm ${className}`}>
      <span className="font-medium">{label}</span>
      <input {...input} className="field" onChange={(event) => onChange(event.target.value)} />
      {hint !== undefined && <span className="text-xs text-muted">{hint}</span>}
    </label>
  );
}

/** It stands in the document always, so that screen readers say what comes into it. */
export function Fault({ children }: { children: string | null }): ReactNode {
  return (
    <p role="alert" className="text-sm text-down empty:hidden">
      {children}
    </p>
  );
}
