import { useState, type ReactNode } from "react";
import { parseMicro } from "../market/micro";
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
      <label className="flex flex-col gap-1 text-sm">
        <span className="font-medium">{adminText.username}</span>
        <input
          className="field"
          name="admin-username"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={32}
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
      </label>
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
        <label className="flex min-w-0 flex-1 flex-col gap-1 text-sm">
          <span className="font-medium">{adminText.amount}</span>
          <input
            className="field tabular-nums"
            name="admin-amount"
            inputMode="decimal"
            autoComplete="off"
            maxLength={20}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        </label>
        <button type="button" className="button min-h-11" onClick={askGrant}>
          {adminText.grant}
        </button>
      </div>
      <p role="alert" className="text-sm text-down empty:hidden">
        {fault}
      </p>
    </Panel>
  );
}
