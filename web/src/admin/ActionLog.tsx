import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import { Listed } from "../page/states";
import { showTime } from "../page/times";
import { adminText } from "../strings/admin";
import { Panel } from "./Panel";

const SHOWN = 50;

export function ActionLog(): ReactNode {
  const actions = useQuery({
    queryKey: ["admin", "actions"],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/admin/actions", { query: { limit: SHOWN }, signal })),
  });
  return (
    <Panel id="actions" title={adminText.actions} lead={adminText.actionsLead}>
      <Listed query={actions} items={actions.data?.items} none={adminText.noActions}>
        {(items) => (
          <table className="stacking w-full text-left text-sm">
            <caption className="sr-only">{adminText.actions}</caption>
            <thead>
              <tr className="text-muted">
                <th scope="col">{adminText.what}</th>
                <th scope="col">{adminText.who}</th>
                <th scope="col">{adminText.why}</th>
                <th scope="col">{adminText.when}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((each) => (
                <tr key={`${each.at}-${each.subject}`}>
                  <th scope="row" className="font-medium break-words">
                    {adminText.actionNames[each.action] ?? each.action}: {each.subject}
                  </th>
                  <td data-heading={adminText.who}>{each.by}</td>
                  <td data-heading={adminText.why} className="break-words">
                    {each.reason}
                  </td>
                  <td data-heading={adminText.when} className="tabular-nums">
                    {showTime(each.at)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Listed>
    </Panel>
  );
}
