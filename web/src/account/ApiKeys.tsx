import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { get, remove } from "../api/client";
import { bodyOf } from "../api/queries";
import { useMarket } from "../market/store";
import { announce } from "../page/announcements";
import { Dialog } from "../page/Dialog";
import { Fault } from "../page/fields";
import { sentenceOf } from "../page/problems";
import { Listed } from "../page/states";
import { accountText } from "../strings/account";
import { KeyTable } from "./KeyTable";
import type { Key, MadeKey } from "./keys";
import { NewKeyForm } from "./NewKeyForm";
import { NewKeyShown } from "./NewKeyShown";

export function ApiKeys({ onMade }: { onMade: (key: string | null) => void }): ReactNode {
  const player = useMarket((state) => state.player?.id);
  const client = useQueryClient();
  const queryKey = ["api-keys", player];
  const keys = useQuery({
    queryKey,
    queryFn: ({ signal }) => bodyOf(get("/api/v1/auth/api-keys", { signal })),
    enabled: player !== undefined,
  });
  const [made, setMade] = useState<MadeKey | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);

  function changed(): void {
    void client.invalidateQueries({ queryKey });
  }

  return (
    <section aria-labelledby="keys" className="card flex min-w-0 flex-col gap-5 p-5 lg:p-6">
      <div>
        <h3 id="keys" className="text-lg font-semibold">
          {accountText.keys}
        </h3>
        <p className="text-sm text-muted">{accountText.keysLead}</p>
      </div>
      <Listed query={keys} items={keys.data?.keys} none={accountText.noKeys}>
        {(items) => <KeyTable keys={items} onRevoke={setRevoking} />}
      </Listed>
      {made === null ? (
        <NewKeyForm
          onMade={(key) => {
            setMade(key);
            onMade(key.key);
            changed();
          }}
        />
      ) : (
        <NewKeyShown made={made} onKept={() => setMade(null)} />
      )}
      {revoking !== null && (
        <Revoke
          revoking={revoking}
          onClose={() => setRevoking(null)}
          onRevoked={() => {
            if (made?.id === revoking.id) {
              setMade(null);
              onMade(null);
            }
            setRevoking(null);
            changed();
          }}
        />
      )}
    </section>
  );
}

interface Revoking {
  revoking: Key;
  onClose: () => void;
  onRevoked: () => void;
}

function Revoke({ revoking, onClose, onRevoked }: Revoking): ReactNode {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function revoke(): Promise<void> {
    setBusy(true);
    const answer = await remove("/api/v1/auth/api-keys/{key_id}", { path: { key_id: revoking.id } });
    setBusy(false);
    // Not found: it was revoked in another tab, or has ended.
    if (!answer.ok && answer.problem.code !== "NOT_FOUND") return setFault(sentenceOf(answer.problem));
    announce(accountText.revoked(revoking.name));
    onRevoked();
  }

  return (
    <Dialog title={accountText.revokeTitle(revoking.name)} onClose={onClose}>
      <p className="text-sm text-muted">{accountText.revokeLead}</p>
      <Fault>{fault}</Fault>
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          {accountText.keep}
        </button>
        <button type="button" className="button-danger" disabled={busy} onClick={() => void revoke()}>
          {accountText.revoke}
        </button>
      </div>
    </Dialog>
  );
}
