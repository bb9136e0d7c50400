import { useState, type ReactNode } from "react";
import { text } from "../strings";
import { proofText } from "../strings/proof";
import { Balance } from "./Balance";
import { Chain } from "./Chain";
import { CheckList } from "./CheckList";
import { OwnWord } from "./OwnWord";
import { SourceCode } from "./SourceCode";
import { Verdict } from "./Verdict";
import { YourOwnTools } from "./YourOwnTools";
import { CAN_HASH, useVerifier } from "./useVerifier";

/** The market's books, checked by whoever looks at them. */
export function Proof(): ReactNode {
  const [paused, setPaused] = useState(false);
  const { progress, lookBack } = useVerifier(paused);
  return (
    <section aria-labelledby="view" className="flex min-w-0 flex-col gap-4 lg:gap-6">
      <div className="flex max-w-3xl flex-col gap-2">
        <h2 id="view" className="view-title">
          {text.views.proof}
        </h2>
        <p className="text-muted">{proofText.lead}</p>
      </div>
      {CAN_HASH ? (
        <>
          <Verdict
            progress={progress}
            paused={paused}
            onPause={() => setPaused(!paused)}
            onLookBack={lookBack}
          />
          <Chain progress={progress} />
          <div className="grid gap-4 lg:grid-cols-2 lg:gap-6">
            <CheckList progress={progress} />
            <Balance newest={progress.newest} />
          </div>
        </>
      ) : (
        <p className="rounded-xl bg-warn p-4 text-warn-ink">{proofText.notSecure}</p>
      )}
      <div className="grid gap-4 lg:grid-cols-2 lg:gap-6">
        <OwnWord />
        <YourOwnTools tick={progress.newest?.tick ?? null} />
      </div>
      <SourceCode />
    </section>
  );
}
