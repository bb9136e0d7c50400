import type { ReactNode } from "react";
import type { Biome } from "../api/types";
import { showMicro, type Micro } from "../market/micro";
import { roomy } from "../page/figures";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { BIOME_NAMES, CURRENCY, portfolioText } from "../strings";
import { showTenths, type Statement } from "./statement";

interface Part {
  biome: Biome | null;
  name: string;
  amount: Micro;
  tenths: number;
}

/** A ring of a thousand tenths of a per cent. */
const WHOLE = 1_000;
const RADIUS = 42;
/** Tenths between two parts, where there are two. */
const GAP = 6;
/** Tenths from which a part has room for its own number. */
const ROOM = 70;

export function Allocation({ statement }: { statement: Statement }): ReactNode {
  const parts = partsOf(statement);
  return (
    <section aria-labelledby="allocation" className="card flex min-w-0 flex-col gap-4 p-4 sm:p-5">
      <h3 id="allocation" className="text-lg font-semibold">
        {portfolioText.allocation}
      </h3>
      <div className="grid flex-1 content-center items-center gap-5 sm:grid-cols-2 xl:grid-cols-1">
        <Ring parts={parts} />
        <ul className="grid gap-1.5 text-sm whitespace-nowrap tabular-nums">
          {parts.map((part) => (
            <li key={part.name} data-biome={part.biome} className="flex items-center gap-2">
              <PartSign biome={part.biome} />
              <span className="flex-1 font-medium">{part.name}</span>
              <span className="text-muted">{roomy(showMicro(part.amount), 5)}</span>
              <span className="min-w-16 text-right">
                {portfolioText.percent(roomy(showTenths(part.tenths), 2))}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function partsOf({ rows, cash, cashPart }: Statement): Part[] {
  return [
    ...rows
      .filter((row) => row.shares > 0n)
      .map(({ biome, value, part }) => ({ biome, name: BIOME_NAMES[biome], amount: value, tenths: part })),
    { biome: null, name: portfolioText.cash, amount: cash, tenths: cashPart },
  ];
}

function PartSign({ biome }: { biome: Biome | null }): ReactNode {
  if (biome === null)
    return (
      <span aria-hidden="true" className="grid size-6 place-items-center rounded-md bg-raised text-muted">
        ¤
      </span>
    );
  return <BiomeGlyph biome={biome} className="size-6 rounded-md bg-biome/15 text-biome" />;
}

function Ring({ parts }: { parts: readonly Part[] }): ReactNode {
  const label = portfolioText.allocationLabel(
    parts.map(({ name, tenths }) => portfolioText.allocationPart(name, showTenths(tenths))).join(", "),
  );
  const shown = parts.filter((part) => part.tenths > 0);
  const gap = shown.length > 1 ? GAP : 0;
  const starts = shown.map((_, index) => shown.slice(0, index).reduce((sum, { tenths }) => sum + tenths, 0));
  const whole = parts.reduce((sum, { amount }) => sum + amount, 0n);
  return (
    <svg viewBox="0 0 120 120" role="img" aria-label={label} className="mx-auto w-full max-w-60">
      <g fill="none" strokeWidth="18" transform="rotate(-90 60 60)">
        {shown.map(({ biome, name, tenths }, index) => (
          <circle
            key={name}
            data-biome={biome}
            className={`ring-part ${biome === null ? "text-muted" : "text-biome"}`}
            stroke="currentColor"
            cx="60"
            cy="60"
            r={RADIUS}
            pathLength={WHOLE}
            strokeDasharray={`${Math.max(1, tenths - gap)} ${WHOLE}`}
            strokeDashoffset={-(starts[index] ?? 0) - gap / 2}
          />
        ))}
      </g>
      <g className="fill-surface text-[7px] font-semibold" textAnchor="middle" dominantBaseline="central">
        {shown.map(({ name, tenths }, index) => {
          const middle = ((starts[index] ?? 0) + tenths / 2) / WHOLE;
          if (tenths < ROOM) return null;
          return (
            <text
              key={name}
              x={60 + RADIUS * Math.sin(middle * 2 * Math.PI)}
              y={60 - RADIUS * Math.cos(middle * 2 * Math.PI)}
            >
              {Math.floor(tenths / 10)}%
            </text>
          );
        })}
      </g>
      <text x="60" y="56" textAnchor="middle" className="fill-ink text-[11px] font-bold tabular-nums">
        {showMicro(whole, 0)}
      </text>
      <text x="60" y="69" textAnchor="middle" className="fill-muted text-[8px]">
        {CURRENCY}
      </text>
    </svg>
  );
}
