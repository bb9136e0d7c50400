import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import { Listed } from "../page/states";
import { showTime } from "../page/times";
import { adminText, askedSentence } from "../strings/admin";
import { askedOf } from "./asked";
import type { Command } from "./attempt";
import { Older } from "./Older";
import { Panel } from "./Panel";

const A_PAGE = 10;

export function CommandLog(): ReactNode {
  const pages = useInfiniteQuery({
    queryKey: ["admin", "commands"],
    queryFn: ({ pageParam, signal }) =>
      bodyOf(get("/api/v1/admin/commands", { query: { after: pageParam, limit: A_PAGE }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const commands = pages.data?.pages.flatMap((page) => page.items);
  return (
    <Panel id="commands" title={adminText.commands}>
      <Listed query={pages} items={commands} none={adminText.noCommands}>
        {(items) => <CommandTable commands={items} />}
      </Listed>
      <Older pages={pages} />
    </Panel>
  );
}

function CommandTable({ commands }: { commands: readonly Command[] }): ReactNode {
  return (
    <table className="stacking w-full text-left text-sm">
      <caption className="sr-only">{adminText.commands}</caption>
      <thead>
        <tr className="text-muted">
          <th scope="col">{adminText.what}</th>
          <th scope="col">{adminText.who}</th>
          <th scope="col">{adminText.why}</th>
          <th scope="col">{adminText.when}</th>
          <th scope="col">{adminText.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {commands.map((command) => (
          <tr key={command.command_id}>
            <th scope="row" className="font-medium break-words">
              {askedSentence(askedOf(command))}
            </th>
            <td data-heading={adminText.who}>{command.by}</td>
            <td data-heading={adminText.why} className="break-words">
              {command.reason}
            </td>
            <td data-heading={adminText.when} className="tabular-nums">
              {showTime(command.given_at)}
            </td>
            <td data-heading={adminText.outcome}>
              <Decided command={command} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Decided({ command: { status, tick, refusal } }: { command: Command }): ReactNode {
  return (
    <>
      <span className={status === "refused" ? "font-semibold text-down" : "font-semibold"}>
        {adminText[status]}
      </span>
      {tick !== null && (
        <span className="text-muted tabular-nums">, {adminText.inTick(tick.toLocaleString("en"))}</span>
      )}
      {refusal !== null && <span className="block text-muted">{refusal}</span>}
    </>
  );
}
