import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { Floor } from "../floor/Floor";
import { Keyboard } from "../keyboard/Keyboard";
import { addressOf, useRoute, type Route } from "../routing";
import { BIOME_NAMES, text } from "../strings";
import { Desk } from "../trade/Desk";
import { TradeButton } from "../trade/TradeButton";
import { useAnnouncement } from "./announcements";
import { ErrorBoundary } from "./ErrorBoundary";
import { Footer } from "./Footer";
import { Header, TabBar } from "./Header";
import { ConnectionBanner } from "./Heartbeat";
import { Loading } from "./states";

// The floor is what a visitor sees first; every other view comes when it is asked for.
const BiomeView = lazy(async () => ({ default: (await import("../biome/BiomeView")).BiomeView }));
const Portfolio = lazy(async () => ({ default: (await import("../portfolio/Portfolio")).Portfolio }));
const Leaderboard = lazy(async () => ({ default: (await import("../leaderboard/Leaderboard")).Leaderboard }));
const Proof = lazy(async () => ({ default: (await import("../proof/Proof")).Proof }));
const AccountView = lazy(async () => ({ default: (await import("../account/AccountView")).AccountView }));
const Admin = lazy(async () => ({ default: (await import("../admin/Admin")).Admin }));

export function App(): ReactNode {
  const route = useRoute();
  const main = useArrival(route);
  const withDesk = route.view === "floor" || route.view === "biome";
  return (
    <>
      <Header view={route.view} main={main} />
      <ConnectionBanner />
      <main
        ref={main}
        tabIndex={-1}
        className={`mx-auto grid w-full max-w-[110rem] flex-1 content-start items-start gap-4 p-4 outline-none lg:gap-6 lg:p-6 ${
          withDesk ? "lg:grid-cols-[minmax(0,1fr)_22rem]" : ""
        }`}
      >
        <ErrorBoundary key={addressOf(route)}>
          <Suspense fallback={<Loading label={text.loading} className="h-[80vh]" />}>
            <View route={route} />
          </Suspense>
        </ErrorBoundary>
        <Desk docked={withDesk} />
      </main>
      <TradeButton view={route.view} />
      <Footer />
      <TabBar view={route.view} />
      <Announcement />
      <Keyboard />
    </>
  );
}

function View({ route }: { route: Route }): ReactNode {
  switch (route.view) {
    case "floor":
      return <Floor />;
    case "biome":
      return <BiomeView key={route.biome} biome={route.biome} />;
    case "portfolio":
      return <Portfolio />;
    case "leaderboard":
      return <Leaderboard />;
    case "proof":
      return <Proof />;
    case "account":
      return <AccountView />;
    case "admin":
      return <Admin />;
    case "unknown":
      return (
        <section aria-labelledby="view" className="card flex flex-col items-start gap-4 p-6">
          <h2 id="view" className="view-title">
            {text.nothingHere}
          </h2>
          <a className="link" href="#/">
            {text.toTheFloor}
          </a>
        </section>
      );
  }
}

function titleOf(route: Route): string {
  if (route.view === "floor" || route.view === "unknown") return text.name;
  const view = route.view === "biome" ? BIOME_NAMES[route.biome] : text.views[route.view];
  return `${view} · ${text.name}`;
}

/** On a new view: its title, its top, and the focus, so that screen readers and keyboards go on from there. */
function useArrival(route: Route): React.RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const address = addressOf(route);
  const shown = useRef(address);
  const title = titleOf(route);
  useEffect(() => {
    document.title = title;
    if (shown.current === address) return;
    shown.current = address;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [address, title]);
  return main;
}

function Announcement(): ReactNode {
  const sentence = useAnnouncement();
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-40 lg:bottom-4"
    >
      {sentence !== null && (
        <p className="mx-auto w-fit rounded-full bg-ink px-4 py-2 text-sm text-canvas shadow-lg">
          {sentence}
        </p>
      )}
    </div>
  );
}
