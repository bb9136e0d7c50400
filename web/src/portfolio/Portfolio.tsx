import { useMemo, type ReactNode } from "react";
import { useIsStranger } from "../account/me";
import { useMarket } from "../market/store";
import { Failed, Loading, SignInFirst } from "../page/states";
import { portfolioText, text } from "../strings";
import { Allocation } from "./Allocation";
import { Holdings } from "./Holdings";
import { usePortfolio } from "./queries";
import { addsUp, statementOf } from "./statement";
import { Summary } from "./Summary";
import { TradeHistory } from "./TradeHistory";
import { WorthCard } from "./WorthCard";

export function Portfolio(): ReactNode {
  return (
    <section aria-labelledby="view" className="flex min-w-0 flex-col gap-4 lg:gap-6">
      <h2 id="view" className="view-title">
        {text.views.portfolio}
      </h2>
      <Owned />
    </section>
  );
}

function Owned(): ReactNode {
  const stranger = useIsStranger();
  const player = useMarket((state) => state.player?.id);
  const begun = useMarket((state) => state.tick !== null);
  const opened = useMarket((state) => state.account !== null);
  if (stranger) return <SignInFirst why={portfolioText.signInFirst} />;
  if (begun && player !== undefined && !opened) {
    return (
      <p role="status" className="card p-6 text-muted">
        {text.opening}
      </p>
    );
  }
  if (player === undefined || !opened) return <Loading label={portfolioText.loading} className="h-96" />;
  return <OwnPortfolio key={player} player={player} />;
}

function OwnPortfolio({ player }: { player: string }): ReactNode {
  const { data, error, refetch } = usePortfolio(player);
  const markets = useMarket((state) => state.markets);
  const tick = useMarket((state) => state.tick);
  const statement = useMemo(
    () => (data === undefined ? null : statementOf(data, { tick, markets })),
    [data, tick, markets],
  );
  const exact = useMemo(() => data !== undefined && addsUp(data), [data]);
  const failure = error !== null && <Failed error={error} onRetry={() => void refetch()} />;
  if (data === undefined || statement === null)
    return failure || <Loading label={portfolioText.loading} className="h-96" />;
  return (
    <>
      {failure}
      {data.frozen && <p className="rounded-xl bg-warn p-4 text-sm text-warn-ink">{text.frozen}</p>}
      <Summary statement={statement} />
      <div className="grid min-w-0 gap-4 lg:gap-6 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <WorthCard player={player} statement={statement} />
        <Allocation statement={statement} />
      </div>
      <Holdings statement={statement} checked={{ tick: data.tick, exact }} />
      <TradeHistory player={player} />
    </>
  );
}
