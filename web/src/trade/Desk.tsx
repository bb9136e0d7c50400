/** What the person can do here: join, or trade and see what is theirs. */
import type { ReactNode } from "react";
import { SessionForm } from "../account/SessionForm";
import { useMarket } from "../market/store";
import { AccountPanel } from "../portfolio/AccountPanel";
import { OrderList } from "../portfolio/OrderList";
import { text } from "../strings";
import { useTicket, changeTicket } from "./ticket";
import { TradeTicket } from "./TradeTicket";

export function Desk({ docked }: { docked: boolean }): ReactNode {
  const { biome } = useTicket();
  const player = useMarket((state) => state.player);
  const account = useMarket((state) => state.account);
  const market = useMarket((state) => state.markets.find((each) => each.biome === biome));
  if (!docked) return null;
  if (player === null && account === null) return <SessionForm />;
  if (account === null || market === undefined) {
    return (
      <p role="status" className="card p-5 text-muted">
        {market === undefined ? text.waitingForMarket : text.opening}
      </p>
    );
  }
  return (
    <>
      <TradeTicket
        biome={biome}
        market={market}
        account={account}
        onBiome={(chosen) => changeTicket({ biome: chosen })}
      />
      <AccountPanel account={account} />
      <OrderList />
    </>
  );
}
