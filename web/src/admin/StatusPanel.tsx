import type { ReactNode } from "react";
import { Failed, Loading } from "../page/states";
import { BIOME_NAMES, text } from "../strings";
import { adminText } from "../strings/admin";
import { Panel } from "./Panel";
import { useAdminStatus, type AdminStatus } from "./status";

/** Beyond these, something is wrong: four windows without a tick, and the same of history. */
const OLD_MS = 2_000;
const FAR_BEHIND = 4;
/** Messages that wait: more than a few seconds' worth of a small market. */
const MUCH_WAITING = 1_000;

export function StatusPanel(): ReactNode {
  const status = useAdminStatus();
  return (
    <Panel id="admin-status" title={adminText.status}>
      {status.data !== undefined ? (
        <>
          <Numbers status={status.data} />
          <Partitions status={status.data} />
        </>
      ) : status.isError ? (
        <Failed error={status.error} onRetry={() => void status.refetch()} />
      ) : (
        <Loading label={text.loading} className="h-80" />
      )}
    </Panel>
  );
}

function Numbers({ status }: { status: AdminStatus }): ReactNode {
  const halted = status.halted
    ? adminText.wholeMarket
    : status.halted_biomes.map((biome) => BIOME_NAMES[biome]).join(", ");
  const numbers: readonly (readonly [string, string, boolean])[] = [
    [adminText.tick, status.tick.toLocaleString("en"), false],
    [adminText.tickAge, adminText.ms(status.tick_age_ms.toLocaleString("en")), status.tick_age_ms > OLD_MS],
    [
      adminText.historyBehind,
      adminText.ticks(status.history_ticks_behind),
      status.history_ticks_behind > FAR_BEHIND,
    ],
    [adminText.accounts, status.accounts.toLocaleString("en"), false],
    [adminText.shards, String(status.settings.attention_shards), false],
    [adminText.halted, halted === "" ? adminText.nothing : halted, halted !== ""],
  ];
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3">
      {numbers.map(([name, value, wrong]) => (
        <div key={name} className={`rounded-lg px-3 py-2 ${wrong ? "bg-warn text-warn-ink" : "bg-raised"}`}>
          <dt className={`text-xs ${wrong ? "" : "text-muted"}`}>{name}</dt>
          <dd className="font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Partitions({ status }: { status: AdminStatus }): ReactNode {
  return (
    <table className="stacking w-full text-left text-sm tabular-nums">
      <caption className="sr-only">{adminText.partitions}</caption>
      <thead>
        <tr className="text-muted">
          <th scope="col">{adminText.partition}</th>
          <th scope="col">{adminText.reader}</th>
          <th scope="col">{adminText.next}</th>
          <th scope="col">{adminText.end}</th>
          <th scope="col">{adminText.waiting}</th>
        </tr>
      </thead>
      <tbody>
        {status.partitions.map((each) => (
          <tr key={`${each.topic}-${each.partition}`}>
            <th scope="row" className="font-medium">
              {each.topic} {each.partition}
            </th>
            <td data-heading={adminText.reader}>{each.reader}</td>
            <td data-heading={adminText.next}>{each.next_offset?.toLocaleString("en") ?? adminText.none}</td>
            <td data-heading={adminText.end}>{each.end_offset.toLocaleString("en")}</td>
            <td data-heading={adminText.waiting} className={each.lag > MUCH_WAITING ? "text-down" : ""}>
              {each.lag.toLocaleString("en")}
              {each.lag > MUCH_WAITING && ` (${adminText.slow})`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
