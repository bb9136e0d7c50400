import type { ReactNode } from "react";
import type { Order } from "../api/types";
import { useMarket } from "../market/store";
import { outcomeSentence } from "./outcome";

/** The outcome of the order placed last. The region is always there, so that screen readers hear it change. */
export function Result({ note, orderId }: { note: string | null; orderId: string | null }): ReactNode {
  const order = useMarket((state) => state.orders.find((each) => each.order_id === orderId));
  const status = note !== null ? "rejected" : order?.status;
  return (
    <div className="result flex items-start gap-2.5" data-outcome={status}>
      {status !== undefined && <Mark key={`${orderId} ${status}`} status={status} />}
      <div role="status" aria-live="polite" className="min-w-0 flex-1" data-testid="result">
        <p className={`text-sm font-medium tabular-nums ${status === undefined ? "" : COLOURS[status]}`}>
          {note ?? (order === undefined ? null : outcomeSentence(order))}
        </p>
      </div>
    </div>
  );
}

const COLOURS: Record<Order["status"], string> = {
  pending: "text-muted",
  filled: "text-up",
  rejected: "text-down",
};

/** A ring that turns while the tick is awaited, and draws itself into a tick mark at the fill. */
function Mark({ status }: { status: Order["status"] }): ReactNode {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`size-6 shrink-0 ${COLOURS[status]} ${status === "filled" ? "fill-glow" : ""}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="2.2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {status === "pending" && (
        <>
          <circle cx="12" cy="12" r="9" opacity=".25" />
          <path className="wait-arc" d="M12 3a9 9 0 0 1 9 9" />
        </>
      )}
      {status === "filled" && (
        <>
          <circle className="fill-ring" cx="12" cy="12" r="9" pathLength="1" />
          <path className="fill-check" d="M7.5 12.5l3 3 6-6.5" pathLength="1" />
        </>
      )}
      {status === "rejected" && (
        <>
          <circle cx="12" cy="12" r="9" />
          <path d="M9 9l6 6M15 9l-6 6" />
        </>
      )}
    </svg>
  );
}
