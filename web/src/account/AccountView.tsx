import { useState, type ReactNode } from "react";
import { useMarket } from "../market/store";
import { SignInFirst } from "../page/states";
import { text } from "../strings";
import { accountText } from "../strings/account";
import { ApiKeys } from "./ApiKeys";
import { Bots } from "./Bots";
import { Identity } from "./Identity";
import { useSignedIn } from "./me";
import { PasswordForm } from "./PasswordForm";
import { Leaving } from "./Leaving";

/** Who a player is, and how programs may be them. */
export function AccountView(): ReactNode {
  const signedIn = useSignedIn();
  const player = useMarket((state) => state.player?.id);
  return (
    <section aria-labelledby="view" className="flex min-w-0 flex-col gap-4 lg:gap-6">
      <h2 id="view" className="view-title">
        {text.views.account}
      </h2>
      {signedIn ? (
        // Of another player, nothing is kept: least of all a key.
        <OwnAccount key={player} />
      ) : (
        <>
          <SignInFirst why={accountText.signInFirst} />
          <Bots apiKey={null} />
        </>
      )}
    </section>
  );
}

function OwnAccount(): ReactNode {
  const [newKey, setNewKey] = useState<string | null>(null);
  return (
    <div className="grid items-start gap-4 lg:gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-4 lg:gap-6">
        <ApiKeys onMade={setNewKey} />
        <Bots apiKey={newKey} />
      </div>
      <div className="grid min-w-0 gap-4 md:grid-cols-2 lg:gap-6 xl:grid-cols-1">
        <Identity />
        <PasswordForm />
        <Leaving />
      </div>
    </div>
  );
}
