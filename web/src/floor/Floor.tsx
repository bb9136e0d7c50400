import type { ReactNode } from "react";
import { useMarket } from "../market/store";
import { text } from "../strings";
import { openTicket } from "../trade/ticket";
import { BiomeTile } from "./BiomeTile";
import { HowItWorks } from "./HowItWorks";

export function Floor(): ReactNode {
  const markets = useMarket((state) => state.markets);
  return (
    <section aria-labelledby="view" className="@container">
      <h2 id="view" className="sr-only">
        {text.floor}
      </h2>
      <div className="floor">
        {markets.length === 0 && <p className="card p-5 text-muted">{text.waitingForMarket}</p>}
        {markets.map((market) => (
          <BiomeTile
            key={market.biome}
            market={market}
            onTrade={() => openTicket({ biome: market.biome, side: "buy" })}
          />
        ))}
        <HowItWorks />
      </div>
    </section>
  );
}
