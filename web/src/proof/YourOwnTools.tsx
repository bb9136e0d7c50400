import type { ReactNode } from "react";
import { Snippet } from "../account/Snippet";
import { proofText } from "../strings/proof";

const VERIFY = "BIOME_KAFKA_BOOTSTRAP=127.0.0.1:9092 biome verify --from 1 --to 1200 --save ticks.gz";

/** How to check without this page. */
export function YourOwnTools({ tick }: { tick: number | null }): ReactNode {
  const address = `${window.location.origin}/api/v1/biome-market/ticks/TICK/body`;
  const curl = [
    tick === null ? "TICK=1" : `TICK=${tick - (tick % 100) || 1}`,
    `curl -s -D - -o tick.json ${address.replace("TICK", "$TICK")} | grep -i sha256`,
    "sha256sum tick.json",
  ].join("\n");
  return (
    <section aria-labelledby="own-tools" className="card flex min-w-0 flex-col gap-4 p-5 lg:p-6">
      <div>
        <h3 id="own-tools" className="text-lg font-semibold">
          {proofText.others}
        </h3>
        <p className="text-sm text-muted">{proofText.othersLead}</p>
      </div>
      <Snippet title={proofText.oneTick} hint={proofText.oneTickHint} code={curl} />
      <Snippet title={proofText.verify} hint={proofText.verifyHint} code={VERIFY} />
      <p className="text-sm text-muted">{proofText.kafka}</p>
    </section>
  );
}
