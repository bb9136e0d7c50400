import type { ReactNode } from "react";
import { showMicro } from "../market/micro";
import { BiomeGlyph } from "../page/BiomeGlyph";
import { roomy } from "../page/figures";
import { shownPrice } from "../page/axis";
import { addressOf } from "../routing";
import { BIOME_NAMES, CURRENCY, portfolioText, text } from "../strings";
import { openTicket } from "../trade/ticket";
import { Gain, GainPercent } from "./Gain";
import { returnOf, showTenths, type Statement, type StatementRow } from "./statement";
import { useNarrow } from "./useNarrow";

interface Checked {
  tick: number;
  exact: boolean;
}

export function Holdings({ statement, checked }: { statement: Statement; checked: Checked }): ReactNode {
  const narrow = useNarrow();
  return (
    <section aria-labelledby="holdings" className="card flex min-w-0 flex-col gap-3 p-4 sm:p-5">
      <h3 id="holdings" className="text-lg font-semibold">
        {portfolioText.holdings}
      </h3>
      {statement.rows.length === 0 ? (
        <NoHoldings />
      ) : narrow ? (
        <HoldingCards statement={statement} />
      ) : (
        <HoldingTable statement={statement} />
      )}
      <Check statement={statement} checked={checked} />
    </section>
  );
}

function NoHoldings(): ReactNode {
  return (
    <div className="flex flex-col items-center gap-4 rounded-xl bg-raised p-6 text-center">
      <p className="text-sm text-muted">{portfolioText.noHoldings}</p>
      <a href={addressOf({ view: "floor" })} className="button grid place-items-center bg-surface">
        {portfolioText.toTheMarket}
      </a>
    </div>
  );
}

function Check({ statement, checked }: { statement: Statement; checked: Checked }): ReactNode {
  const tick = checked.tick.toLocaleString("en");
  return (
    <div className="flex flex-col gap-1 text-xs tabular-nums text-muted">
      <p className="min-h-8 sm:min-h-4">
        {portfolioText.exactNetWorth(
          showMicro(statement.totals.netWorth, 6),
          statement.tick.toLocaleString("en"),
        )}
      </p>
      <p className={`min-h-12 sm:min-h-4 ${checked.exact ? "" : "font-semibold text-down"}`}>
        <span aria-hidden="true">{checked.exact ? "✓ " : "✕ "}</span>
        {checked.exact ? portfolioText.addsUp(tick) : portfolioText.doesNotAddUp(tick)}
      </p>
    </div>
  );
}

const NOTHING = "";

const COLUMNS = [
  text.shares,
  portfolioText.averageCost,
  portfolioText.costBasis,
  portfolioText.priceNow,
  text.value,
  portfolioText.unrealized,
  portfolioText.realized,
  portfolioText.partOfWorth,
];

function HoldingTable({ statement }: { statement: Statement }): ReactNode {
  return (
    <div className="relative overflow-x-auto" tabIndex={-1}>
      <table className="ledger">
        <caption className="sr-only">
          {portfolioText.holdingsCaption}, {CURRENCY}
        </caption>
        <thead>
          <tr>
            <th scope="col">{text.biome}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            <th scope="col">
              <span className="sr-only">{portfolioText.trade}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {statement.rows.map((row) => (
            <HoldingRow key={row.biome} row={row} />
          ))}
        </tbody>
        <TotalRows statement={statement} />
      </table>
    </div>
  );
}

function HoldingRow({ row }: { row: StatementRow }): ReactNode {
  const soldOut = row.shares === 0n;
  return (
    <tr data-biome={row.biome} data-testid="holding">
      <th scope="row">
        <BiomeName row={row} />
      </th>
      <td className={soldOut ? "text-muted" : ""}>
        {soldOut ? portfolioText.soldOut : roomy(showMicro(row.shares, 4), 3)}
      </td>
      <td>{soldOut ? "–" : roomy(showMicro(row.averageCost), 3)}</td>
      <td>{roomy(showMicro(row.costBasis), 5)}</td>
      <td>{row.price === null ? "–" : roomy(shownPrice(row.price), 3)}</td>
      <td className="font-semibold">{roomy(showMicro(row.value), 5)}</td>
      <td>
        <Gain room={4} amount={row.unrealized} />
        <span className="block text-xs">
          <GainPercent room={3} percent={returnOf(row.unrealized, row.costBasis)} />
        </span>
      </td>
      <td>
        <Gain room={4} amount={row.realized} />
      </td>
      <td>
        {portfolioText.percent(roomy(showTenths(row.part), 3))}
        <PartBar tenths={row.part} />
      </td>
      <td>
        <TradeButtons row={row} />
      </td>
    </tr>
  );
}

function TotalRows({ statement }: { statement: Statement }): ReactNode {
  const { totals, cash, cashPart } = statement;
  return (
    <tfoot>
      <tr>
        <th scope="row">{portfolioText.allShares}</th>
        <Blank />
        <Blank />
        <td>{roomy(showMicro(totals.costBasis), 5)}</td>
        <Blank />
        <td className="font-semibold">{roomy(showMicro(totals.value), 5)}</td>
        <td>
          <Gain room={4} amount={totals.unrealized} />
        </td>
        <td>
          <Gain room={4} amount={totals.realized} />
        </td>
        <td>{portfolioText.percent(roomy(showTenths(1000 - cashPart), 3))}</td>
        <Blank />
      </tr>
      <tr>
        <th scope="row">{portfolioText.cash}</th>
        <Blank span={4} />
        <td className="font-semibold">{roomy(showMicro(cash), 5)}</td>
        <Blank span={2} />
        <td>{portfolioText.percent(roomy(showTenths(cashPart), 3))}</td>
        <Blank />
      </tr>
      <tr>
        <th scope="row">{portfolioText.netWorth}</th>
        <Blank span={4} />
        <td className="font-bold">{roomy(showMicro(totals.netWorth), 5)}</td>
        <Blank span={2} />
        <td>{portfolioText.percent("100.0")}</td>
        <Blank />
      </tr>
    </tfoot>
  );
}

/** A cell of a sum that has no meaning: prices do not add up. */
function Blank({ span = 1 }: { span?: number }): ReactNode {
  return <td colSpan={span}>{NOTHING}</td>;
}

function HoldingCards({ statement }: { statement: Statement }): ReactNode {
  return (
    <ul className="grid gap-3 sm:grid-cols-2">
      {statement.rows.map((row) => (
        <li
          key={row.biome}
          data-biome={row.biome}
          data-testid="holding"
          className="tile relative flex flex-col gap-3 overflow-hidden rounded-xl border border-line p-3 tabular-nums"
        >
          <div className="flex items-center justify-between gap-2">
            <BiomeName row={row} />
            <span className="text-right">
              <b className="font-semibold">{roomy(showMicro(row.value), 5)}</b>{" "}
              <span className="text-xs text-muted">{CURRENCY}</span>
            </span>
          </div>
          <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
            <Fact label={text.shares}>
              {row.shares === 0n ? portfolioText.soldOut : showMicro(row.shares, 4)}
            </Fact>
            <Fact label={portfolioText.partOfWorth}>{portfolioText.percent(showTenths(row.part))}</Fact>
            <Fact label={portfolioText.averageCost}>
              {row.shares === 0n ? "–" : showMicro(row.averageCost)}
            </Fact>
            <Fact label={portfolioText.priceNow}>{row.price === null ? "–" : shownPrice(row.price)}</Fact>
            <Fact label={portfolioText.costBasis}>{showMicro(row.costBasis)}</Fact>
            <Fact label={portfolioText.unrealized}>
              <Gain amount={row.unrealized} />
            </Fact>
            <Fact label={portfolioText.realized}>
              <Gain amount={row.realized} />
            </Fact>
          </dl>
          <TradeButtons row={row} />
        </li>
      ))}
      <li className="flex flex-col justify-center rounded-xl bg-raised p-3 tabular-nums">
        <dl className="flex flex-col gap-1.5 text-sm">
          <Pair label={portfolioText.costBasis}>{roomy(showMicro(statement.totals.costBasis), 5)}</Pair>
          <Pair label={portfolioText.unrealized}>
            <Gain room={5} amount={statement.totals.unrealized} />
          </Pair>
          <Pair label={portfolioText.realized}>
            <Gain room={5} amount={statement.totals.realized} />
          </Pair>
          <Pair label={portfolioText.allShares}>{roomy(showMicro(statement.totals.value), 5)}</Pair>
          <Pair label={portfolioText.cash}>{roomy(showMicro(statement.cash), 5)}</Pair>
          <Pair label={portfolioText.netWorth}>
            <b>{roomy(showMicro(statement.totals.netWorth), 5)}</b>
          </Pair>
        </dl>
      </li>
    </ul>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Pair({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className="flex flex-wrap justify-between gap-x-2">
      <dt className="text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function BiomeName({ row }: { row: StatementRow }): ReactNode {
  return (
    <a
      href={addressOf({ view: "biome", biome: row.biome })}
      className="flex items-center gap-2 hover:underline"
    >
      <BiomeGlyph biome={row.biome} className="size-8 shrink-0 rounded-lg bg-biome/15 text-biome" />
      <span className="font-semibold">{BIOME_NAMES[row.biome]}</span>
    </a>
  );
}

function PartBar({ tenths }: { tenths: number }): ReactNode {
  return (
    <span
      aria-hidden="true"
      className="mt-1 block h-1 w-full min-w-16 overflow-hidden rounded-full bg-raised"
    >
      <span className="bar block h-full rounded-full bg-biome" style={{ width: `${tenths / 10}%` }} />
    </span>
  );
}

function TradeButtons({ row: { biome, shares } }: { row: StatementRow }): ReactNode {
  const name = BIOME_NAMES[biome];
  return (
    <span className="flex justify-end gap-2 max-lg:grid max-lg:grid-cols-2">
      <button
        type="button"
        className="button"
        aria-label={portfolioText.buyMore(name)}
        onClick={() => openTicket({ biome, side: "buy" })}
      >
        {text.buy}
      </button>
      <button
        type="button"
        className="button"
        aria-label={portfolioText.sellSome(name)}
        disabled={shares === 0n}
        onClick={() => openTicket({ biome, side: "sell" })}
      >
        {text.sell}
      </button>
    </span>
  );
}
