import { useState, type ReactNode } from "react";
import type { Biome } from "../api/types";
import { logOut } from "../market/session";
import { useMarket } from "../market/store";
import { text } from "../strings";
import { AccountPanel } from "./AccountPanel";
import { announce, useAnnouncement } from "./announcements";
import { BiomeTile } from "./BiomeTile";
import { ConnectionBanner, Heartbeat } from "./Heartbeat";
import { HowItWorks } from "./HowItWorks";
import { OrderList } from "./OrderList";
import { sentenceOf } from "./problems";
import { SessionForm } from "./SessionForm";
import { TradeTicket } from "./TradeTicket";

export function App(): ReactNode {
  const [biome, setBiome] = useState<Biome>("ocean");

  function trade(chosen: Biome): void {
    setBiome(chosen);
    const ticket = document.querySelector<HTMLElement>("#trade");
    ticket?.scrollIntoView({ block: "nearest" });
    ticket?.querySelector<HTMLElement>("input[name=quantity], input[name=username]")?.focus();
  }

  return (
    <>
      <a className="skip" href="#trade">
        {text.skipToTrade}
      </a>
      <Header />
      <ConnectionBanner />
      <main className="mx-auto grid max-w-[1760px] items-start gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_22rem] lg:gap-6 lg:p-6">
        <Floor onTrade={trade} />
        <aside className="flex flex-col gap-4 lg:gap-6">
          <Desk biome={biome} onBiome={setBiome} />
        </aside>
      </main>
      <Announcement />
    </>
  );
}

async function leave(): Promise<void> {
  const answer = await logOut();
  if (!answer.ok) announce(sentenceOf(answer.problem));
}

function Header(): ReactNode {
  const player = useMarket((state) => state.player);
  const stranger = useMarket((state) => state.player === null && state.account === null);

  return (
    <header className="sticky top-0 z-10 border-b border-line bg-canvas/90 backdrop-blur">
      <div className="mx-auto flex max-w-[1760px] flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 sm:gap-x-6 lg:px-6">
        <h1 className="flex items-center gap-2.5 text-lg font-bold">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          {text.name}
        </h1>
        <p className="hidden text-sm text-muted xl:block">{text.tagline}</p>
        <div className="order-last w-full sm:order-none sm:ml-auto sm:w-auto">
          <Heartbeat />
        </div>
        {stranger && (
          <a href="#trade" className="link ml-auto text-sm sm:ml-0 lg:hidden">
            {text.signUp}
          </a>
        )}
        {player !== null && (
          <div className="ml-auto flex items-center gap-3 text-sm sm:ml-0">
            <span title={player.username} className="max-w-18 truncate sm:max-w-40">
              <span className="sr-only">{text.signedInAs} </span>
              <span data-testid="player">{player.username}</span>
            </span>
            <button type="button" className="link" onClick={() => void leave()}>
              {text.logOut}
            </button>
          </div>
        )}
      </div>
    </header>
  );
}

function Floor({ onTrade }: { onTrade: (biome: Biome) => void }): ReactNode {
  const markets = useMarket((state) => state.markets);
  return (
    <section aria-labelledby="floor" className="@container">
      <h2 id="floor" className="sr-only">
        {text.floor}
      </h2>
      <div className="floor">
        {markets.length === 0 && <p className="card p-5 text-muted">{text.waitingForMarket}</p>}
        {markets.map((market) => (
          <BiomeTile key={market.biome} market={market} onTrade={() => onTrade(market.biome)} />
        ))}
        <HowItWorks />
      </div>
    </section>
  );
}

/** What the person can do here: join, or trade and see what is theirs. */
function Desk({ biome, onBiome }: { biome: Biome; onBiome: (biome: Biome) => void }): ReactNode {
  const player = useMarket((state) => state.player);
  const account = useMarket((state) => state.account);
  const market = useMarket((state) => state.markets.find((each) => each.biome === biome));
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
      <TradeTicket biome={biome} market={market} account={account} onBiome={onBiome} />
      <AccountPanel account={account} />
      <OrderList />
    </>
  );
}

function Announcement(): ReactNode {
  const sentence = useAnnouncement();
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-4 bottom-4 z-20">
      {sentence !== null && (
        <p className="mx-auto w-fit rounded-full bg-ink px-4 py-2 text-sm text-canvas shadow-lg">
          {sentence}
        </p>
      )}
    </div>
  );
}
