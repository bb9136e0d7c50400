import { useMemo, type ReactNode } from "react";
import type { Account } from "../api/types";
import { worthOf, type Holding } from "../market/holdings";
import { showMicro } from "../market/micro";
import { useMarket } from "../market/store";
import { addressOf } from "../routing";
import { BIOME_NAMES, CURRENCY, text } from "../strings";
import { roomy } from "../page/figures";
import { BiomeGlyph } from "../page/BiomeGlyph";

export function AccountPanel({ account }: { account: Account }): ReactNode {
  const markets = useMarket((state) => state.markets);
  const worth = useMemo(() => worthOf(account, markets), [account, markets]);
  return (
    <section aria-labelledby="account" className="card flex flex-col gap-4 p-5">
      <h2 id="account" className="text-lg font-semibold">
        {text.account}
      </h2>
      {account.frozen && <p className="rounded-lg bg-warn px-3 py-2 text-sm text-warn-ink">{text.frozen}</p>}
      <dl className="grid grid-cols-2 gap-4">
        <Amount label={text.cash} amount={worth.cash} testId="cash" />
        <Amount label={text.netWorth} amount={worth.netWorth} testId="net-worth" />
      </dl>
      {worth.holdings.length === 0 ? (
        <p className="text-sm text-muted">{text.noHoldings}</p>
      ) : (
        <HoldingsTable holdings={worth.holdings} />
      )}
    </section>
  );
}

function Amount({ label, amount, testId }: { label: string; amount: bigint; testId: string }): ReactNode {
  return (
    <div>
      <dt className="text-xs text-muted">
        {label}, {CURRENCY}
      </dt>
      <dd className="text-xl font-semibold tabular-nums">
        <span data-testid={testId}>{showMicro(amount)}</span>
      </dd>
    </div>
  );
}

function HoldingsTable({ holdings }: { holdings: readonly Holding[] }): ReactNode {
  return (
    <table className="w-full text-sm whitespace-nowrap tabular-nums">
      <caption className="sr-only">{text.holdings}</caption>
      <thead className="text-left text-xs text-muted">
        <tr>
          <th scope="col" className="pb-1 font-normal">
            {text.biome}
          </th>
          <th scope="col" className="pb-1 text-right font-normal">
            {text.shares}
          </th>
          <th scope="col" className="pb-1 text-right font-normal">
            {text.value}, {CURRENCY}
          </th>
        </tr>
      </thead>
      <tbody>
        {holdings.map(({ biome, shares, value }) => (
          <tr key={biome} data-biome={biome} className="border-t border-line">
            <th scope="row" className="flex items-center gap-2 py-1.5 text-left font-medium">
              <BiomeGlyph biome={biome} className="size-5 rounded bg-biome/15 text-biome" />
              <a href={addressOf({ view: "biome", biome })} className="hover:underline">
                {BIOME_NAMES[biome]}
              </a>
            </th>
            <td className="py-1.5 text-right">{roomy(showMicro(shares, 4), 3)}</td>
            <td className="py-1.5 text-right">{roomy(showMicro(value), 5)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
