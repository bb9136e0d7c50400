import type { ReactNode } from "react";
import { useSignedIn } from "../account/me";
import { AttentionGiven } from "../attention/AttentionGiven";
import { useCapOfTheMarket } from "../attention/giving";
import { useMarket } from "../market/store";
import { Loading } from "../page/states";
import { text } from "../strings";
import { BiomeTile } from "./BiomeTile";
import { FirstTrade } from "./FirstTrade";
import { HowItWorks } from "./HowItWorks";
import { Pot } from "./Pot";

export function Floor(): ReactNode {
  const markets = useMarket((state) => state.markets);
  const signedIn = useSignedIn();
  useCapOfTheMarket(signedIn);
  return (
    <section aria-labelledby="view" className="@container flex flex-col gap-4">
      <h2 id="view" className="sr-only">
        {text.floor}
      </h2>
      {markets.length === 0 ? (
        <Loading label={text.waitingForMarket} className="h-96" />
      ) : (
        <>
          <FirstTrade />
          <Pot />
          <div className="floor">
            {markets.map((market) => (
              <BiomeTile key={market.biome} market={market} />
            ))}
            {signedIn && <AttentionGiven />}
            <HowItWorks className={signedIn ? "how-beside" : "how"} />
          </div>
        </>
      )}
    </section>
  );
}
