import type { ReactNode } from "react";
import { proofText } from "../strings/proof";
// oxlint-disable-next-line import/default -- Vite makes the default export of ?raw
import source from "./checks.ts?raw";

const LINES = source.trimEnd().split("\n").length;

/** The very file that does the checking, to be read. */
export function SourceCode(): ReactNode {
  return (
    <section aria-labelledby="code" className="card flex min-w-0 flex-col gap-3 p-5 lg:p-6">
      <h3 id="code" className="text-lg font-semibold">
        {proofText.code}
      </h3>
      <p className="max-w-3xl text-sm text-muted">
        {proofText.codeLead} <code className="font-mono">/api/v1/biome-market/ticks/…/body</code>.
      </p>
      <details>
        <summary className="link w-fit cursor-pointer text-sm">{proofText.showCode(LINES)}</summary>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <pre className="code mt-3 max-h-[40rem]" tabIndex={0} aria-label={proofText.code}>
          <code>{source}</code>
        </pre>
      </details>
    </section>
  );
}
