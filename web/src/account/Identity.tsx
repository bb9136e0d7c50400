import { useQuery } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";
import { get } from "../api/client";
import { bodyOf } from "../api/queries";
import { useMarket } from "../market/store";
import { Failed, Loading } from "../page/states";
import { addressOf } from "../routing";
import { text } from "../strings";
import { accountText, SCOPE_NAMES } from "../strings/account";
import { CopyButton } from "./CopyButton";

export function Identity(): ReactNode {
  const player = useMarket((state) => state.player?.id);
  const me = useQuery({
    queryKey: ["me", player],
    queryFn: ({ signal }) => bodyOf(get("/api/v1/auth/me", { signal })),
    enabled: player !== undefined,
    staleTime: 60_000,
  });
  const id = useRef<HTMLElement>(null);
  return (
    <section aria-labelledby="who" className="card flex min-w-0 flex-col gap-4 p-5">
      <h3 id="who" className="text-lg font-semibold">
        {accountText.who}
      </h3>
      {me.data !== undefined ? (
        <>
          <dl className="flex flex-col gap-3 text-sm">
            <Row name={accountText.username}>
              <span className="text-base font-semibold">{me.data.username}</span>
            </Row>
            <Row name={accountText.playerId}>
              <span className="flex items-center justify-between gap-3">
                <code ref={id} className="min-w-0 font-mono text-xs break-all">
                  {me.data.id}
                </code>
                <CopyButton text={me.data.id} what={accountText.playerId} shown={id} />
              </span>
              <span className="block text-xs text-muted">{accountText.playerIdHint}</span>
            </Row>
            <Row name={accountText.accountState}>
              {me.data.account === "open" ? accountText.open : accountText.pending}
            </Row>
            <Row name={accountText.rights}>
              {me.data.scopes.map((scope) => SCOPE_NAMES[scope].name).join(", ")}
            </Row>
          </dl>
          {me.data.scopes.includes("admin") && (
            <a className="link self-start text-sm" href={addressOf({ view: "admin" })}>
              {accountText.toAdmin}
            </a>
          )}
        </>
      ) : me.isError ? (
        <Failed error={me.error} onRetry={() => void me.refetch()} />
      ) : (
        <Loading label={text.loading} className="h-52" />
      )}
    </section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
