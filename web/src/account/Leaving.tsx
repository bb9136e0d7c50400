import { useState, type ReactNode } from "react";
import { logOut, logOutEverywhere } from "../market/session";
import { announce } from "../page/announcements";
import { Dialog } from "../page/Dialog";
import { sentenceOf } from "../page/problems";
import { text } from "../strings";
import { accountText } from "../strings/account";

export function Leaving(): ReactNode {
  const [asking, setAsking] = useState(false);

  async function leave(how: typeof logOut): Promise<void> {
    setAsking(false);
    const answer = await how();
    if (!answer.ok) announce(sentenceOf(answer.problem));
  }

  return (
    <section aria-labelledby="leaving" className="card flex min-w-0 flex-col gap-4 p-5">
      <div>
        <h3 id="leaving" className="text-lg font-semibold">
          {accountText.leaving}
        </h3>
        <p className="text-sm text-muted">{accountText.leavingLead}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" onClick={() => void leave(logOut)}>
          {text.logOut}
        </button>
        <button type="button" className="button" onClick={() => setAsking(true)}>
          {accountText.logOutEverywhere}
        </button>
      </div>
      {asking && (
        <Dialog title={accountText.logOutEverywhereTitle} onClose={() => setAsking(false)}>
          <p className="text-sm text-muted">{accountText.logOutEverywhereLead}</p>
          <div className="flex flex-wrap justify-end gap-2">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {accountText.stay}
            </button>
            <button type="button" className="button-danger" onClick={() => void leave(logOutEverywhere)}>
              {accountText.logOutEverywhere}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
