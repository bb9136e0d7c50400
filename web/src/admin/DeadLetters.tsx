import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import type { components } from "../api/schema";
import { Listed } from "../page/states";
import { showTime } from "../page/times";
import { adminText } from "../strings/admin";
import type { Act } from "./act";
import { DeadLetterDialog } from "./DeadLetterDialog";
import { Older } from "./Older";
import { Panel } from "./Panel";

type DeadLetter = components["schemas"]["DeadLetter"];

const A_PAGE = 10;

export function DeadLetters({ onAct }: { onAct: (act: Act) => void }): ReactNode {
  const [shown, setShown] = useState<number | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ["admin", "dead-letters"],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(get("/api/v1/admin/dead-letters", { query: { before: pageParam, limit: A_PAGE }, signal })),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
  const letters = pages.data?.pages.flatMap((page) => page.items);
  return (
    <Panel id="letters" title={adminText.letters} lead={adminText.lettersLead}>
      <Listed query={pages} items={letters} none={adminText.noLetters}>
        {(items) => <LetterTable letters={items} onLook={setShown} />}
      </Listed>
      <Older pages={pages} />
      {shown !== null && (
        <DeadLetterDialog
          offset={shown}
          onClose={() => setShown(null)}
          onAct={(act) => {
            setShown(null);
            onAct(act);
          }}
        />
      )}
    </Panel>
  );
}

interface Table {
  letters: readonly DeadLetter[];
  onLook: (offset: number) => void;
}

function LetterTable({ letters, onLook }: Table): ReactNode {
  return (
    <table className="stacking w-full text-left text-sm">
      <caption className="sr-only">{adminText.letters}</caption>
      <thead>
        <tr className="text-muted">
          <th scope="col">{adminText.why}</th>
          <th scope="col">{adminText.where}</th>
          <th scope="col">{adminText.size}</th>
          <th scope="col">{adminText.when}</th>
          <th scope="col">
            <span className="sr-only">{adminText.look}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <tr key={letter.offset}>
            <th scope="row" className="font-medium">
              {letter.reason}
              {letter.redriven && (
                <span className="ml-2 rounded-full bg-raised px-2 py-0.5 text-xs font-normal whitespace-nowrap text-up">
                  <span aria-hidden="true">✓ </span>
                  {adminText.sentAgain}
                </span>
              )}
            </th>
            <td data-heading={adminText.where}>
              {adminText.place(letter.topic, letter.partition, letter.at_offset.toLocaleString("en"))}
            </td>
            <td data-heading={adminText.size} className="tabular-nums">
              {adminText.bytes(letter.size.toLocaleString("en"))}
            </td>
            <td data-heading={adminText.when} className="tabular-nums">
              {showTime(letter.at)}
            </td>
            <td className="md:text-right">
              <button
                type="button"
                className="button"
                aria-label={adminText.lookAt(String(letter.offset))}
                onClick={() => onLook(letter.offset)}
              >
                {adminText.look}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
