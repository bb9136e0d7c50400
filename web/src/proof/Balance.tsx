import type { ReactNode } from "react";
import { BIOMES } from "../market/biomes";
import { showMicro, type Micro } from "../market/micro";
import { BIOME_NAMES, CURRENCY, text } from "../strings";
import { proofText } from "../strings/proof";
import { roomy } from "../page/figures";
import { Loading } from "../page/states";
import { sides, type Checked } from "./checks";
import { Sign } from "./Sign";

/** The first law written out as one writes an addition, both sides. */
export function Balance({ newest }: { newest: Checked | null }): ReactNode {
  return (
    <section aria-labelledby="balance" className="card flex flex-col gap-4 p-5 lg:p-6">
      <div>
        <h3 id="balance" className="text-lg font-semibold">
          {proofText.balance}
        </h3>
        <p className="min-h-5 text-sm tabular-nums text-muted">
          {newest !== null && proofText.balanceOf(newest.tick.toLocaleString("en"))}
        </p>
      </div>
      {newest?.body == null ? (
        <Loading label={text.loading} className="h-128" />
      ) : (
        <Sums body={newest.body} />
      )}
    </section>
  );
}

function Sums({ body }: { body: NonNullable<Checked["body"]> }): ReactNode {
  const { players, markets, fees, genesis, grants } = sides(body);
  const ofBiomes = body.markets.map(
    (market) => [proofText.market(nameOf(market.biome)), BigInt(market.cash), market.biome] as const,
  );
  const there = players + markets + fees;
  const brought = genesis + grants;
  const equal = there === brought;
  return (
    <>
      <Addition
        title={proofText.there}
        rows={[[proofText.players, players], ...ofBiomes, [proofText.fees, fees]]}
        total={there}
      />
      <p
        className={`flex items-center justify-center gap-2 rounded-lg bg-raised py-2 font-semibold ${
          equal ? "text-up" : "text-down"
        }`}
      >
        <span aria-hidden="true" className="text-xl leading-none">
          {equal ? "=" : "≠"}
        </span>
        {equal ? proofText.equal : `${proofText.notEqual}. ${proofText.difference(String(there - brought))}`}
        <Sign well={equal} />
      </p>
      <Addition
        title={proofText.brought}
        rows={[
          [proofText.genesis, genesis],
          [proofText.grants, grants],
        ]}
        total={brought}
      />
    </>
  );
}

function nameOf(biome: string): string {
  const known = BIOMES.find((each) => each === biome);
  return known === undefined ? biome : BIOME_NAMES[known];
}

interface Sum {
  title: string;
  /** What, how much, and the biome of which it is. */
  rows: readonly (readonly [string, Micro, string?])[];
  total: Micro;
}

function Addition({ title, rows, total }: Sum): ReactNode {
  return (
    <table className="w-full text-xs sm:text-sm">
      <caption className="pb-1 text-left text-xs font-semibold tracking-wide text-muted uppercase">
        {title}
      </caption>
      <tbody>
        {rows.map(([name, amount, biome], index) => (
          <tr key={name} data-biome={biome}>
            <th scope="row" className="py-1 text-left font-normal">
              {biome !== undefined && (
                <span aria-hidden="true" className="mr-2 inline-block size-2.5 rounded-[3px] bg-biome" />
              )}
              {name}
            </th>
            <td className="py-1 text-right tabular-nums">
              <span aria-hidden="true" className="mr-2 text-muted">
                {index > 0 && "+"}
              </span>
              {roomy(showMicro(amount, 6), 7)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="border-t-2 border-ink font-semibold">
          <th scope="row" className="py-1.5 text-left">
            {proofText.sum} <span className="text-xs font-normal text-muted">{CURRENCY}</span>
          </th>
          <td className="py-1.5 text-right tabular-nums">{roomy(showMicro(total, 6), 7)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
