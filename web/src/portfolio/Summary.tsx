import type { ReactNode } from "react";
import { showMicro } from "../market/micro";
import { CURRENCY, portfolioText } from "../strings";
import { Gain, GainPercent } from "./Gain";
import { returnOf, type Statement } from "./statement";

/** The numbers that sum it all up. Each keeps its place and its height, whatever the prices do. */
export function Summary({ statement }: { statement: Statement }): ReactNode {
  const { cash, granted, totals, feesPaid } = statement;
  const gained = totals.realized + totals.unrealized;
  return (
    <section aria-labelledby="summary" className="card p-4 sm:p-6">
      <h3 id="summary" className="sr-only">
        {portfolioText.summary}
      </h3>
      <dl className="figures">
        <div className="figure-first">
          <dt className="text-sm text-muted">
            {portfolioText.netWorth}, {CURRENCY}
          </dt>
          <dd className="text-3xl font-bold tracking-tight tabular-nums sm:text-4xl" data-testid="net-worth">
            {showMicro(totals.netWorth)}
          </dd>
          <dd className="mt-1 flex flex-wrap gap-x-3 text-sm">
            <Gain amount={gained} className="min-w-[12ch]" />
            <GainPercent percent={returnOf(gained, totals.netWorth - gained)} className="min-w-[9ch]" />
            <span className="text-muted max-sm:basis-full">{portfolioText.together}</span>
          </dd>
        </div>
        <Figure label={portfolioText.cash} testId="cash">
          {showMicro(cash)}
        </Figure>
        <Figure label={portfolioText.marketValue}>{showMicro(totals.value)}</Figure>
        <Figure label={portfolioText.unrealized} hint={portfolioText.unrealizedHint}>
          <Gain amount={totals.unrealized} />
        </Figure>
        <Figure label={portfolioText.realized} hint={portfolioText.realizedHint}>
          <Gain amount={totals.realized} />
        </Figure>
        <Figure label={portfolioText.granted} hint={portfolioText.grantedHint}>
          {showMicro(granted)}
        </Figure>
        <Figure label={portfolioText.fees} hint={portfolioText.feesHint}>
          {showMicro(feesPaid)}
        </Figure>
      </dl>
    </section>
  );
}

function Figure({
  label,
  hint,
  testId,
  children,
}: {
  label: string;
  hint?: string;
  testId?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <div className="min-w-0" title={hint}>
      <dt className="text-xs text-muted sm:text-sm">{label}</dt>
      <dd
        className="text-lg font-semibold tabular-nums sm:text-xl xl:text-lg 2xl:text-xl"
        data-testid={testId}
      >
        {children}
      </dd>
    </div>
  );
}
