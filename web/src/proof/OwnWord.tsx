import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { get, type Body } from "../api/client";
import { bodyOf } from "../api/queries";
import { Failed, Loading } from "../page/states";
import { text } from "../strings";
import { proofText } from "../strings/proof";
import { Sign } from "./Sign";

/** Milliseconds between two questions. */
const ASK_MS = 5_000;

type Status = Body<"get", "/api/v1/status">;

/** What the server says of itself: beside what was checked here, not instead of it. */
export function OwnWord(): ReactNode {
  const status = useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/status", { signal })),
    refetchInterval: ASK_MS,
  });
  return (
    <section aria-labelledby="own-word" className="card flex flex-col gap-4 p-5 lg:p-6">
      <div>
        <h3 id="own-word" className="text-lg font-semibold">
          {proofText.auditor}
        </h3>
        <p className="text-sm text-muted">{proofText.auditorLead}</p>
      </div>
      {status.data !== undefined ? (
        <StatusRows status={status.data} />
      ) : status.isError ? (
        <Failed error={status.error} onRetry={() => void status.refetch()} />
      ) : (
        <Loading label={text.loading} className="h-60" />
      )}
      <p className="flex gap-5 text-sm">
        <a className="link" href="/status">
          {proofText.statusPage}
        </a>
        <a className="link" href="/api/v1/status">
          {proofText.statusJson}
        </a>
      </p>
    </section>
  );
}

function StatusRows({ status }: { status: Status }): ReactNode {
  const { conservation, attention } = status;
  const lag = status.lag.reduce((all, each) => all + each.records, 0);
  const rows: readonly (readonly [string, ReactNode])[] = [
    [
      proofText.conservation,
      <span key="exact" className="flex items-start gap-1.5">
        <Sign well={conservation.exact} className="mt-0.5 size-4" />
        <span>
          <span className="font-semibold">{conservation.exact ? proofText.exact : proofText.notExact}</span>{" "}
          <span className="text-muted">{conservationRange(conservation)}</span>
        </span>
      </span>,
    ],
    [proofText.audit, auditorsWord(status.audit)],
    [
      proofText.lastTick,
      proofText.lastTickAge(
        (status.tick ?? 0).toLocaleString("en"),
        (status.tick_age_ms ?? 0).toLocaleString("en"),
      ),
    ],
    [
      proofText.attention,
      attention?.behind_ms == null
        ? proofText.attentionUnknown
        : proofText.attentionBehind(attention.behind_ms.toLocaleString("en")),
    ],
    [proofText.records, proofText.recordsBehind(status.history_behind ?? 0)],
    [proofText.lag, proofText.lagOf(lag.toLocaleString("en"))],
  ];
  return (
    <>
      <p className={`rounded-lg px-4 py-2.5 ${status.well ? "bg-raised" : "bg-warn text-warn-ink"}`}>
        {status.sentence}
      </p>
      <dl className="flex flex-col text-sm">
        {rows.map(([name, value]) => (
          <div
            key={name}
            className="grid gap-x-3 sm:grid-cols-[11rem_minmax(0,1fr)] border-b border-line py-2 last:border-0"
          >
            <dt className="text-muted">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {conservation.faults.length > 0 && (
        <ul className="list-disc pl-5 text-sm text-down">
          {conservation.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function auditorsWord({ verified_tick, mismatch_tick }: Status["audit"]): string {
  if (mismatch_tick !== null) return proofText.auditMismatch(mismatch_tick.toLocaleString("en"));
  if (verified_tick !== null) return proofText.auditedThrough(verified_tick.toLocaleString("en"));
  return proofText.auditNone;
}

function conservationRange({ since_tick, through_tick }: Status["conservation"]): string {
  if (since_tick === null || through_tick === null) return proofText.conservationNone;
  return proofText.conservationSince(since_tick.toLocaleString("en"), through_tick.toLocaleString("en"));
}
