import { useState, type ReactNode } from "react";
import { parseMicro } from "../market/micro";
import { Fault, TextField } from "../page/fields";
import { adminText } from "../strings/admin";
import type { Act } from "./act";
import { Panel } from "./Panel";
import { freezeAct, grantAct, roleAct, thawAct } from "./playerActs";

/** As the API takes a username. */
const USERNAME = /^[A-Za-z0-9_-]{3,32}$/;

export function Players({ onAct }: { onAct: (act: Act) => void }): ReactNode {
  const [username, setUsername] = useState("");
  const [amount, setAmount] = useState("");
  const [fault, setFault] = useState<string | null>(null);

  function ask(act: (name: string) => Act): void {
    const name = username.trim();
    const named = USERNAME.test(name);
    setFault(named ? null : adminText.nameFault);
    if (named) onAct(act(name));
  }

  function askGrant(): void {
    const micro = parseMicro(amount.trim());
    if (micro === null || micro <= 0n) return setFault(adminText.amountFault);
    ask((name) => grantAct(name, micro));
  }

  return (
    <Panel id="players" title={adminText.players} lead={adminText.playersLead}>
      <TextField
        label={adminText.username}
        name="admin-username"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={32}
        value={username}
        onChange={setUsername}
      />
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" onClick={() => ask(freezeAct)}>
          {adminText.freeze}
        </button>
        <button type="button" className="button" onClick={() => ask(thawAct)}>
          {adminText.thaw}
        </button>
        <button type="button" className="button" onClick={() => ask((name) => roleAct(name, "admin"))}>
          {adminText.makeAdmin}
        </button>
        <button type="button" className="button" onClick={() => ask((name) => roleAct(name, "player"))}>
          {adminText.makePlayer}
        </button>
      </div>
      <div className="flex items-end gap-2">
        <TextField
          label={adminText.amount}
          className="min-w-0 flex-1 tabular-nums"
          name="admin-amount"
          inputMode="decimal"
          autoComplete="off"
          maxLength={20}
          value={amount}
          onChange={setAmount}
        />
        <button type="button" className="button min-h-11" onClick={askGrant}>
          {adminText.grant}
        </button>
      </div>
      <Fault>{fault}</Fault>
    </Panel>
  );
}
