import { useEffect, useRef, useState, type ReactNode } from "react";
import { get, type Problem } from "../api/client";
import { announce } from "../page/announcements";
import { sentenceOf } from "../page/problems";
import { portfolioText } from "../strings";
import { csvName } from "./csv";
import { download, exportTrades } from "./csvExport";
import type { TradeQuery } from "./tradeFilter";

/** The most that the API gives at once. */
const TRADES_A_REQUEST = 200;

/** Saves every trade that matches the filter, however many pages that are, and can be stopped on the way. */
export function ExportButton({ query }: { query: TradeQuery }): ReactNode {
  const [trades, setTrades] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function save(): Promise<void> {
    const controller = new AbortController();
    running.current = controller;
    setProblem(null);
    setTrades(0);
    const exported = await exportTrades({
      ask: (after, signal) =>
        get("/api/v1/biome-market/transactions", {
          query: { ...query, after, limit: TRADES_A_REQUEST },
          signal,
        }),
      signal: controller.signal,
      onProgress: setTrades,
    });
    setTrades(null);
    if (exported.ok) {
      download(csvName(new Date()), exported.parts);
      announce(portfolioText.exported(portfolioText.countOfTrades(exported.trades)));
    } else if (exported.problem === null) announce(portfolioText.exportCancelled);
    else setProblem(exported.problem);
  }

  return (
    <div className="flex min-h-10 flex-wrap items-center justify-end gap-3 text-sm">
      {problem !== null && (
        <p role="alert" className="text-down">
          {sentenceOf(problem)}
        </p>
      )}
      {trades === null ? (
        <button type="button" className="button" title={portfolioText.exportHint} onClick={() => void save()}>
          <span aria-hidden="true">↓ </span>
          {portfolioText.exportCsv}
        </button>
      ) : (
        <>
          <span role="status" className="tabular-nums text-muted">
            {portfolioText.exporting(portfolioText.countOfTrades(trades))}
          </span>
          <button type="button" className="button" onClick={() => running.current?.abort()}>
            {portfolioText.cancel}
          </button>
        </>
      )}
    </div>
  );
}
