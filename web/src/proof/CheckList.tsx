import type { ReactNode } from "react";
import { roomy } from "../page/figures";
import { CHECK_NAMES, proofText } from "../strings/proof";
import { CHECKS } from "./checks";
import type { Progress } from "./progress";
import { Sign } from "./Sign";

/** Each promise, and how often it was found kept. */
export function CheckList({ progress }: { progress: Progress }): ReactNode {
  return (
    <section aria-labelledby="checks" className="card flex flex-col gap-4 p-5 lg:p-6">
      <div>
        <h3 id="checks" className="text-lg font-semibold">
          {proofText.checks}
        </h3>
        <p className="text-sm text-muted">{proofText.checksLead}</p>
      </div>
      <ul className="flex flex-col gap-3">
        {CHECKS.map((each) => {
          const broken = progress.findings.some(({ fault }) => fault.check === each);
          const times = progress.passed[each];
          return (
            <li key={each} className="grid grid-cols-[1.25rem_minmax(0,1fr)_auto] gap-x-2.5 text-sm">
              {broken || times > 0 ? (
                <Sign well={!broken} className="mt-0.5 size-4" />
              ) : (
                <span aria-hidden="true" className="mt-1.5 size-2 rounded-full bg-line" />
              )}
              <p>
                <span className="font-semibold">{CHECK_NAMES[each].name}</span>
                <span className="block text-muted">{CHECK_NAMES[each].why}</span>
              </p>
              <span className="min-w-20 text-right text-xs tabular-nums text-muted">
                {broken
                  ? proofText.faulty
                  : times === 0
                    ? proofText.checkNotYet
                    : roomy(proofText.checkTimes(times.toLocaleString("en")), 4)}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
