import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import { Dialog } from "../page/Dialog";
import { Fault, TextField } from "../page/fields";
import { adminText, outcomeSentence } from "../strings/admin";
import type { Act } from "./act";
import { attemptFor, isReason, outcomeOf, outcomeOfCommand, type Attempt, type Outcome } from "./attempt";

/** Milliseconds between two looks at a command that no tick has taken in yet. */
const LOOK_MS = 1_000;

/** Says what will happen, asks why, does it, and says what became of it. */
export function ActDialog({ act, onClose }: { act: Act; onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [unanswered, setUnanswered] = useState<Attempt | null>(null);
  const [first, setFirst] = useState<Outcome | null>(null);
  const outcome = useOutcome(first);
  const over = outcome?.is === "applied" || outcome?.is === "pending";

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setFault(isReason(reason) ? null : adminText.reasonFault);
    if (!isReason(reason) || busy || over) return;
    const attempt = attemptFor(unanswered, reason.trim());
    setBusy(true);
    setFirst(null);
    const became = outcomeOf(await act.give(attempt));
    setBusy(false);
    setFirst(became);
    setUnanswered(became.is === "unknown" ? attempt : null);
    void client.invalidateQueries({ queryKey: ["admin"] });
  }

  return (
    <Dialog title={act.title} onClose={onClose}>
      <div className="text-sm text-muted">{act.says}</div>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <TextField
          label={adminText.reason}
          hint={unanswered === null ? adminText.reasonHint : adminText.againHint}
          name="reason"
          autoComplete="off"
          maxLength={200}
          value={reason}
          readOnly={busy || over || unanswered !== null}
          onChange={setReason}
        />
        <Fault>{fault}</Fault>
        <Became outcome={outcome} busy={busy} />
        <div className="flex flex-wrap justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {over ? adminText.close : adminText.cancel}
          </button>
          {!over && (
            <button type="submit" className={act.grave ? "button-danger" : "button-act"} disabled={busy}>
              {unanswered === null ? act.confirm : adminText.again}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function Became({ outcome, busy }: { outcome: Outcome | null; busy: boolean }): ReactNode {
  const bad = outcome?.is === "refused" || outcome?.is === "unknown";
  return (
    <p
      role="status"
      className={`min-h-5 text-sm font-medium ${bad ? "text-down" : outcome?.is === "applied" ? "text-up" : "text-muted"}`}
    >
      {busy ? adminText.giving : outcome === null ? "" : outcomeSentence(outcome)}
    </p>
  );
}

/** A pending command is watched until a tick has decided it. */
function useOutcome(first: Outcome | null): Outcome | null {
  const pending = first?.is === "pending" ? first.commandId : null;
  const command = useQuery({
    queryKey: ["admin", "command", pending],
    queryFn: ({ signal }) =>
      bodyOf(get("/api/v1/admin/commands/{command_id}", { path: { command_id: pending ?? "" }, signal })),
    enabled: pending !== null,
    refetchInterval: (query) => (query.state.data?.status === "pending" ? LOOK_MS : false),
  });
  return pending === null || command.data === undefined ? first : outcomeOfCommand(command.data);
}
