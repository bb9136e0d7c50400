import { useId, type ReactNode } from "react";
import { BIOMES } from "../market/biomes";
import { BIOME_NAMES, portfolioText, text } from "../strings";
import { NO_FILTER, type TradeFilter } from "./tradeFilter";

interface Props {
  filter: TradeFilter;
  onChange: (filter: TradeFilter) => void;
}

const SIDES: readonly (readonly [TradeFilter["side"], string])[] = [
  ["", portfolioText.anySide],
  ["buy", portfolioText.buys],
  ["sell", portfolioText.sales],
];
const STATUSES: readonly (readonly [TradeFilter["status"], string])[] = [
  ["", portfolioText.anyStatus],
  ["filled", portfolioText.filled],
  ["rejected", portfolioText.rejected],
];
const FILTER_BIOMES: readonly (readonly [TradeFilter["biome"], string])[] = [
  ["", portfolioText.anyBiome],
  ...BIOMES.map((biome) => [biome, BIOME_NAMES[biome]] as const),
];

export function TradeFilterForm({ filter, onChange }: Props): ReactNode {
  return (
    <form
      role="search"
      aria-label={portfolioText.filter}
      className="filters"
      onSubmit={(event) => event.preventDefault()}
    >
      <Choice
        label={text.biome}
        value={filter.biome}
        options={FILTER_BIOMES}
        onChange={(biome) => onChange({ ...filter, biome })}
      />
      <Choice
        label={portfolioText.side}
        value={filter.side}
        options={SIDES}
        onChange={(side) => onChange({ ...filter, side })}
      />
      <Choice
        label={portfolioText.status}
        value={filter.status}
        options={STATUSES}
        onChange={(status) => onChange({ ...filter, status })}
      />
      <Day
        label={portfolioText.since}
        value={filter.since}
        onChange={(since) => onChange({ ...filter, since })}
      />
      <Day
        label={portfolioText.until}
        value={filter.until}
        onChange={(until) => onChange({ ...filter, until })}
      />
      <button
        type="button"
        className="button self-end"
        disabled={filter === NO_FILTER}
        onClick={() => onChange(NO_FILTER)}
      >
        {portfolioText.clearFilter}
      </button>
    </form>
  );
}

function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}): ReactNode {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      <select
        id={id}
        className="field text-sm"
        value={value}
        onChange={(event) => {
          const chosen = options.find(([each]) => each === event.currentTarget.value);
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([each, shown]) => (
          <option key={each} value={each}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  );
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      <input
        id={id}
        type="date"
        className="field min-w-0 text-sm"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
