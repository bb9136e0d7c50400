import type { ReactNode } from "react";

interface Props<T extends string> {
  label: string;
  name: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** Radio buttons that look like one control: arrow keys choose, as people expect of radios. */
export function Segments<T extends string>({ label, name, value, options, onChange }: Props<T>): ReactNode {
  return (
    <fieldset className="grid auto-cols-fr grid-flow-col gap-1 rounded-lg bg-raised p-1">
      <legend className="sr-only">{label}</legend>
      {options.map(([option, shown]) => (
        <label key={option} className="segment">
          <input
            type="radio"
            className="sr-only"
            name={name}
            value={option}
            checked={option === value}
            onChange={() => onChange(option)}
          />
          {shown}
        </label>
      ))}
    </fieldset>
  );
}
