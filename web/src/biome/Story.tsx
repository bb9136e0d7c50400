import type { ReactNode } from "react";
import { perMille, readMicro, showMicro } from "../market/micro";
import { showPerMille } from "../market/shares";
import { biomeText } from "../strings";
import { changeOf, wayOf } from "../page/change";
import { roomy } from "../page/figures";
import { Direction } from "../page/Direction";
import type { Explanation, PriceMove } from "./explanation";
import { grouped } from "./receipt";

/** Decimals of what has to be exact: all that there are. */
const ALL = 6;

/** Why the price moved: in a line, in a picture of the pull, and in the market's own words. */
export function Story({ name, explanation }: { name: string; explanation: Explanation }): ReactNode {
  const { tick, move, sentences } = explanation;
  return (
    <div className="flex flex-col gap-4">
      <Headline name={name} move={move} />
      <Pull move={move} />
      <div>
        <h4 className="text-sm font-semibold">{biomeText.inWords}</h4>
        {/* The sentences of another tick are more or fewer: the receipt under them must not jump with each. */}
        <ul
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={biomeText.inWords}
          className="mt-1.5 flex h-88 flex-col gap-1.5 overflow-y-auto text-sm leading-relaxed sm:h-68 2xl:h-56"
        >
          {/* The first sentence is the headline. */}
          {[...move.sentences.slice(1), ...sentences].map((sentence) => (
            <li key={`${tick} ${sentence}`} className="border-l-2 border-biome/50 pl-3">
              {grouped(sentence)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Headline({ name, move }: { name: string; move: PriceMove }): ReactNode {
  const from = readMicro(move.price_before_bdt);
  const to = readMicro(move.price_bdt);
  const { way, percent } = changeOf(from, to);
  const size = showMicro(percent ?? 0n);
  return (
    <div>
      <p className="text-xl font-bold sm:text-2xl">
        <Direction way={way} signed={false}>
          {way === "same" ? biomeText.headline.same(name) : biomeText.headline[way](name, size)}
        </Direction>
      </p>
      <p className="mt-1 text-sm tabular-nums text-muted">
        {biomeText.fromTo(showMicro(from, ALL), showMicro(to, ALL))}
      </p>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm tabular-nums">
        <Part label={biomeText.byRedistribution} amount={move.by_redistribution_bdt} />
        <Part label={biomeText.byTrades} amount={move.by_trades_bdt} hint={biomeText.byTradesHint} />
      </dl>
    </div>
  );
}

function Part({ label, amount, hint }: { label: string; amount: string; hint?: string }): ReactNode {
  const { way, size } = wayOf(readMicro(amount));
  return (
    <div className="flex gap-2" title={hint}>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-[13ch] font-medium">
        <Direction way={way}>{showMicro(size, ALL)}</Direction>
      </dd>
    </div>
  );
}

/** What it held beside what it drew: the one is paid by, the other dealt by. */
function Pull({ move }: { move: PriceMove }): ReactNode {
  const held = perMille(readMicro(move.cash_before_bdt), readMicro(move.all_cash_before_bdt));
  const drew = perMille(BigInt(move.attention), BigInt(move.all_attention));
  return (
    <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-2 text-sm text-muted">
      <Share label={biomeText.drewAttention} share={drew} className="bg-biome" />
      <Share label={biomeText.heldCash} share={held} className="striped text-biome" />
    </dl>
  );
}

/** `share` in tenths of a per cent. */
function Share({ label, share, className }: { label: string; share: number; className: string }): ReactNode {
  return (
    <>
      <dt>{label}</dt>
      <div aria-hidden="true" className="h-3 overflow-hidden rounded-full bg-raised">
        <div className={`bar h-full rounded-full ${className}`} style={{ width: `${share / 10}%` }} />
      </div>
      <dd className="min-w-14 text-right font-medium tabular-nums text-ink">
        {roomy(showPerMille(share), 2)}
      </dd>
    </>
  );
}
