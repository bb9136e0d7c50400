import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get, post, type Body } from "../api/client";
import { bodyOf } from "../api/queries";
import { Dialog } from "../page/Dialog";
import { Failed, Loading } from "../page/states";
import { text } from "../strings";
import { adminText } from "../strings/admin";
import type { Act } from "./act";
import { showBytes } from "./bytes";

type Letter = Body<"get", "/api/v1/admin/dead-letters/{offset}">;

interface Props {
  offset: number;
  onClose: () => void;
  onAct: (act: Act) => void;
}

/** One message that was not understood, with its bytes. */
export function DeadLetterDialog({ offset, onClose, onAct }: Props): ReactNode {
  const letter = useQuery({
    queryKey: ["admin", "dead-letter", offset],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/admin/dead-letters/{offset}", { path: { offset }, signal })),
  });
  const whole = letter.data !== undefined && isWhole(letter.data);
  return (
    <Dialog title={adminText.letter(String(offset))} onClose={onClose}>
      {letter.data !== undefined ? (
        <LetterShown letter={letter.data} whole={whole} />
      ) : letter.isError ? (
        <Failed error={letter.error} onRetry={() => void letter.refetch()} />
      ) : (
        <Loading label={text.loading} className="h-60" />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={onClose}>
          {adminText.close}
        </button>
        {letter.data !== undefined && whole && !letter.data.redriven && (
          <button type="button" className="button-act" onClick={() => onAct(redriveAct(letter.data))}>
            {adminText.redrive}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function LetterShown({ letter, whole }: { letter: Letter; whole: boolean }): ReactNode {
  const value = letter.value_base64 === null ? null : showBytes(letter.value_base64);
  const rows: readonly (readonly [string, string])[] = [
    [adminText.why, letter.reason],
    [adminText.detail, letter.detail],
    [adminText.where, adminText.place(letter.topic, letter.partition, letter.at_offset.toLocaleString("en"))],
    [adminText.size, adminText.bytes(letter.size.toLocaleString("en"))],
    [adminText.sha256, letter.sha256],
    [adminText.key, letter.key_base64 === null ? adminText.none : showBytes(letter.key_base64).text],
  ];
  return (
    <>
      <dl className="flex flex-col gap-2 text-sm">
        {rows.map(([name, shown]) => (
          <div key={name} className="grid grid-cols-[7rem_minmax(0,1fr)] gap-3">
            <dt className="text-muted">{name}</dt>
            <dd className="break-all">{shown}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-col gap-1.5 text-sm">
        <h4 className="font-semibold">{adminText.value}</h4>
        {value === null ? (
          <p className="text-muted">{adminText.none}</p>
        ) : (
          <>
            {value.as === "bytes" && <p className="text-muted">{adminText.asBytes}</p>}
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
            <pre className="code max-h-72" tabIndex={0} aria-label={adminText.value}>
              <code>{value.text}</code>
            </pre>
          </>
        )}
        {letter.redriven ? <p>{adminText.redriven}</p> : !whole && <p>{adminText.cut}</p>}
      </div>
    </>
  );
}

/** Whether all its bytes were kept: base64 writes three bytes in four letters. */
function isWhole({ value_base64, size }: Letter): boolean {
  return value_base64 !== null && size > 0 && atob(value_base64).length === size;
}

function redriveAct({ offset, topic }: Letter): Act {
  return {
    title: adminText.redriveTitle(String(offset)),
    says: adminText.redriveSays(topic),
    confirm: adminText.redrive,
    grave: false,
    give: ({ reason }) =>
      post("/api/v1/admin/dead-letters/{offset}/redrive", { reason }, { path: { offset } }),
  };
}
