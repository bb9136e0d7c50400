import type { ReactNode } from "react";
import { proofText } from "../strings/proof";
import { type Block, type Progress } from "./progress";
import { Sign } from "./Sign";

/** Width of a block with its link, in rem. */
const BLOCK = 8.75;

/** The newest ticks as blocks that hang together. The newest is first to read and last to the right. */
export function Chain({ progress }: { progress: Progress }): ReactNode {
  const newestFirst = progress.blocks.toReversed();
  return (
    <section aria-labelledby="chain" className="card flex min-w-0 flex-col gap-3 py-5 lg:py-6">
      <div className="px-5 lg:px-6">
        <h3 id="chain" className="text-lg font-semibold">
          {proofText.chain}
        </h3>
        <p className="text-sm text-muted">{proofText.chainLead}</p>
      </div>
      <div className="overflow-hidden">
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <div className="chain" role="region" aria-label={proofText.chainLabel} tabIndex={0}>
          <ol className="blocks" reversed style={{ width: `${newestFirst.length * BLOCK}rem` }}>
            {newestFirst.map((block, index) => (
              <ChainBlock key={block.tick} block={block} index={index} />
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

/** A block moves on by `transform`: its place in the layout stays the right end. */
function ChainBlock({ block, index }: { block: Block; index: number }): ReactNode {
  const well = block.faults.length === 0;
  const linked = !block.faults.some((fault) => fault.check === "chain");
  return (
    <li className="block-on" style={{ transform: `translateX(-${index * BLOCK}rem)` }}>
      <div className="block-in flex items-center">
        <Link linked={linked} />
        <div
          className={`flex w-28 flex-col gap-1 rounded-xl border bg-canvas px-3 py-2.5 ${
            well ? "border-line" : "border-2 border-down"
          }`}
        >
          <span className="flex items-center justify-between text-sm font-semibold tabular-nums">
            <span>
              <span className="sr-only">{proofText.block("")}</span>
              {block.tick.toLocaleString("en")}
            </span>
            <Sign well={well} />
          </span>
          <code className="font-mono text-xs text-muted">{block.hash.slice(0, 10)}</code>
          <span className={`text-xs ${well ? "text-up" : "font-semibold text-down"}`}>
            {well ? proofText.well : proofText.faulty}
          </span>
        </div>
      </div>
    </li>
  );
}

function Link({ linked }: { linked: boolean }): ReactNode {
  return (
    <>
      <svg
        viewBox="0 0 28 16"
        aria-hidden="true"
        className={`w-7 ${linked ? "text-accent" : "text-down"}`}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      >
        <rect x="1" y="4" width={linked ? 15 : 9} height="8" rx="4" />
        <rect x={linked ? 12 : 18} y="4" width={linked ? 15 : 9} height="8" rx="4" />
      </svg>
      <span className="sr-only">{linked ? proofText.linked : proofText.unlinked}</span>
    </>
  );
}
