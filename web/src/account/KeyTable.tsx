import type { ReactNode } from "react";
import { showDay, showTime } from "../page/times";
import { accountText, SCOPE_NAMES } from "../strings/account";
import type { Key } from "./keys";

/** A table on wide screens; on a phone each row is a small block, with its headings in front of the values. */
export function KeyTable({
  keys,
  onRevoke,
}: {
  keys: readonly Key[];
  onRevoke: (key: Key) => void;
}): ReactNode {
  return (
    <table className="stacking w-full text-left text-sm">
      <caption className="sr-only">{accountText.keyList}</caption>
      <thead>
        <tr className="text-muted">
          <th scope="col">{accountText.keyName}</th>
          <th scope="col">{accountText.keyPrefix}</th>
          <th scope="col">{accountText.keyScopes}</th>
          <th scope="col">{accountText.keyUsed}</th>
          <th scope="col">{accountText.keyExpires}</th>
          <th scope="col">
            <span className="sr-only">{accountText.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <th scope="row" className="font-semibold break-words">
              {key.name}
            </th>
            <td data-heading={accountText.keyPrefix}>
              <code className="font-mono text-xs">{key.prefix}…</code>
            </td>
            <td data-heading={accountText.keyScopes}>
              {key.scopes.map((scope) => SCOPE_NAMES[scope].name).join(", ")}
            </td>
            <td data-heading={accountText.keyUsed} className="tabular-nums">
              {key.last_used_at === null ? accountText.neverUsed : showTime(key.last_used_at)}
            </td>
            <td data-heading={accountText.keyExpires} className="tabular-nums">
              {key.expires_at === null ? accountText.never : showDay(key.expires_at)}
            </td>
            <td className="md:text-right">
              <button
                type="button"
                className="button"
                aria-label={accountText.revokeOf(key.name)}
                onClick={() => onRevoke(key)}
              >
                {accountText.revoke}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
