import type { ReactNode } from "react";
import { text } from "../strings";

export function Footer(): ReactNode {
  return (
    <footer className="mx-auto flex w-full max-w-[110rem] flex-wrap gap-x-6 gap-y-2 px-4 py-6 text-xs text-muted lg:px-6">
      <a className="link" href="/status">
        {text.statusPage}
      </a>
      <a className="link" href="/docs">
        {text.apiDocs}
      </a>
      <a className="link" href="#/account">
        {text.botsAndKeys}
      </a>
      {/* The licence of the charts asks for this line. */}
      <a className="link" href="https://www.tradingview.com/" rel="noreferrer">
        {text.chartsBy}
      </a>
    </footer>
  );
}
