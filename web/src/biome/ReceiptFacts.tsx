import type { ReactNode } from "react";
import { readMicro, showMicro } from "../market/micro";
import { biomeText } from "../strings";
import type { Explanation } from "./explanation";

/** Decimals of what has to be exact: all that there are. */
const ALL = 6;

/** What else a receipt says, and the hash by which the tick can be checked. */
export function ReceiptFacts({ explanation }: { explanation: Explanation }): ReactNode {
  const { receipt, move, hash, previous } = explanation;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 border-t border-line pt-4 text-sm tabular-nums sm:grid-cols-3 xl:grid-cols-2">
      <Fact label={biomeText.priceIs}>{showMicro(readMicro(receipt.price_bdt), ALL)}</Fact>
      <Fact label={biomeText.sharesAfter}>{showMicro(readMicro(receipt.shares), ALL)}</Fact>
      <Fact label={biomeText.pointsOfAttention}>
        {biomeText.points(receipt.attention.toLocaleString("en"), move.all_attention.toLocaleString("en"))}
      </Fact>
      <Fact label={biomeText.sharesBought}>{showMicro(readMicro(receipt.shares_bought), ALL)}</Fact>
      <Fact label={biomeText.sharesSold}>{showMicro(readMicro(receipt.shares_sold), ALL)}</Fact>
      <Hash label={biomeText.hash}>{hash}</Hash>
      <Hash label={biomeText.previousHash}>{previous}</Hash>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

function Hash({ label, children }: { label: string; children: string }): ReactNode {
  return (
    <div className="col-span-full">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="min-h-8 font-mono text-xs break-all">{children}</dd>
    </div>
  );
}
