import { useLayoutEffect, useRef, type ReactNode } from "react";
import { ticketText } from "../strings";
import { allowSingleKeys, showHelp, useHelpOpen, useSingleKeys } from "./help";
import { useShortcuts } from "./useShortcuts";

/** The page's keys, and the list of them. */
export function Keyboard(): ReactNode {
  useShortcuts();
  return useHelpOpen() && <KeyHelp />;
}

function KeyHelp(): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const singleKeys = useSingleKeys();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    close.current?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys"
      className="key-help"
      onCancel={(event) => {
        event.preventDefault();
        showHelp(false);
      }}
      onClose={(event) => {
        if (!event.currentTarget.open) showHelp(false);
      }}
    >
      <h2 id="keys" className="text-lg font-semibold">
        {ticketText.keys}
      </h2>
      <p className="text-sm text-muted">{ticketText.keysLead}</p>
      <KeyTable />
      <div className="mt-4 flex gap-3 text-sm">
        <input
          id="single-keys"
          type="checkbox"
          className="mt-0.5 size-5 shrink-0 accent-(--accent)"
          aria-describedby="single-keys-hint"
          checked={singleKeys}
          onChange={(event) => allowSingleKeys(event.target.checked)}
        />
        <div>
          <label htmlFor="single-keys" className="font-medium">
            {ticketText.keysOn}
          </label>
          <p id="single-keys-hint" className="text-xs text-muted">
            {ticketText.keysOnHint}
          </p>
        </div>
      </div>
      <button ref={close} type="button" className="button mt-4 w-full" onClick={() => showHelp(false)}>
        {ticketText.close}
      </button>
    </dialog>
  );
}

function KeyTable(): ReactNode {
  return (
    <table className="mt-3 w-full text-sm">
      <caption className="sr-only">{ticketText.keys}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{ticketText.key}</th>
          <th scope="col">{ticketText.does}</th>
        </tr>
      </thead>
      <tbody>
        {ticketText.keyList.map(([keys, does]) => (
          <tr key={does} className="border-t border-line">
            <th scope="row" className="flex gap-1 py-2 pr-4 text-left font-normal whitespace-nowrap">
              {keys.map((key) => (key === "…" ? <span key={key}>…</span> : <kbd key={key}>{key}</kbd>))}
            </th>
            <td className="py-2">{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
