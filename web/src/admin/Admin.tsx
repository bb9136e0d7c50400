import { useState, type ReactNode } from "react";
import { useIsAdmin, useSignedIn } from "../account/me";
import { SignInFirst } from "../page/states";
import { text } from "../strings";
import { adminText } from "../strings/admin";
import type { Act } from "./act";
import { ActDialog } from "./ActDialog";
import { ActionLog } from "./ActionLog";
import { CommandLog } from "./CommandLog";
import { DeadLetters } from "./DeadLetters";
import { Halts } from "./Halts";
import { Players } from "./Players";
import { SettingsForm } from "./SettingsForm";
import { StatusPanel } from "./StatusPanel";

/** For those who run the market. The API decides who may; this view only does not show what would be refused. */
export function Admin(): ReactNode {
  const signedIn = useSignedIn();
  const admin = useIsAdmin();
  return (
    <section aria-labelledby="view" className="flex min-w-0 flex-col gap-4 lg:gap-6">
      <div className="flex max-w-3xl flex-col gap-2">
        <h2 id="view" className="view-title">
          {text.views.admin}
        </h2>
        {admin && <p className="text-muted">{adminText.lead}</p>}
      </div>
      {admin ? (
        <Controls />
      ) : signedIn ? (
        <p className="card p-6 text-muted">{adminText.adminsOnly}</p>
      ) : (
        <SignInFirst why={adminText.signInFirst} />
      )}
    </section>
  );
}

function Controls(): ReactNode {
  const [act, setAct] = useState<Act | null>(null);
  return (
    <>
      <div className="grid items-start gap-4 lg:gap-6 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4 lg:gap-6">
          <StatusPanel />
          <Halts onAct={setAct} />
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:gap-6">
          <SettingsForm onAct={setAct} />
          <Players onAct={setAct} />
        </div>
      </div>
      <CommandLog />
      <ActionLog />
      <DeadLetters onAct={setAct} />
      {act !== null && <ActDialog act={act} onClose={() => setAct(null)} />}
    </>
  );
}
