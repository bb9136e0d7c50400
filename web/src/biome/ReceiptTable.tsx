import type { ReactNode } from "react";
import { perMille, showMicro, type Micro } from "../market/micro";
import { biomeText } from "../strings";
import { roomy } from "../page/figures";
import type { Explanation } from "./explanation";
import { sumOf, type Step, type Sum } from "./receipt";

/** Decimals of what has to be exact: all that there are. */
const ALL = 6;
/** Whole digits for which each row has room. */
const DIGITS = 7;

/** The receipt of one tick: a sum that can be checked by eye, each step with its bar. */
export function ReceiptTable({ name, explanation }: { name: string; explanation: Explanation }): ReactNode {
  const { tick, receipt } = explanation;
  const sum = sumOf(receipt);
  return (
    <div className="flex flex-col gap-3">
      <h4 className="text-sm font-semibold">{biomeText.receipt}</h4>
      <table className="w-full text-sm tabular-nums">
        <caption className="sr-only">{biomeText.receiptCaption(name, tick.toLocaleString("en"))}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{biomeText.step}</th>
            <th scope="col">{biomeText.after}</th>
            <th scope="col">{biomeText.picture}</th>
          </tr>
        </thead>
        <tbody>
          <Row label={biomeText.before} amount={roomy(showMicro(sum.before, ALL), DIGITS)}>
            <Bar sum={sum} from={0n} to={sum.before} className="bg-biome" />
          </Row>
          {sum.steps.map((step) => (
            <Row key={step.flow} label={biomeText.flows[step.flow]} amount={signed(step)}>
              <Bar
                sum={sum}
                from={step.from}
                to={step.to}
                className={step.amount < 0n ? "striped text-down" : "bg-up"}
              />
            </Row>
          ))}
          <Row label={biomeText.after} amount={roomy(showMicro(sum.after, ALL), DIGITS)} strong>
            <Bar sum={sum} from={0n} to={sum.after} className="bg-biome" />
          </Row>
        </tbody>
      </table>
      <p className={`text-sm font-medium ${sum.exact ? "text-up" : "text-down"}`} data-testid="receipt-sum">
        <span aria-hidden="true">{sum.exact ? "✓ " : "✕ "}</span>
        {sum.exact ? biomeText.adds : biomeText.doesNotAdd}
      </p>
    </div>
  );
}

function signed({ amount }: Step): string {
  const sign = amount === 0n ? "±" : amount < 0n ? "−" : "+";
  return roomy(`${sign}${showMicro(amount < 0n ? -amount : amount, ALL)}`, DIGITS);
}

function Row({
  label,
  amount,
  strong = false,
  children,
}: {
  label: string;
  amount: string;
  strong?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <tr className={`relative ${strong ? "border-t border-ink/50 font-semibold" : ""}`}>
      <th scope="row" className="pt-1 pb-5 pr-3 text-left sm:pb-1 font-[inherit] whitespace-nowrap">
        {label}
      </th>
      <td className="pt-1 pb-5 text-right whitespace-nowrap sm:w-36 sm:pb-1">{amount}</td>
      <td className="max-sm:absolute max-sm:inset-x-0 max-sm:bottom-1 sm:w-2/5 sm:py-1 sm:pl-4">
        {children}
      </td>
    </tr>
  );
}

function Bar({
  sum,
  from,
  to,
  className,
}: {
  sum: Sum;
  from: Micro;
  to: Micro;
  className: string;
}): ReactNode {
  const [low, high] = from < to ? [from, to] : [to, from];
  const left = perMille(low, sum.most) / 10;
  const width = perMille(high - low, sum.most) / 10;
  return (
    <div aria-hidden="true" className="relative h-2.5 sm:h-3.5">
      {high > low && (
        <div
          className={`gauge-moves absolute inset-0 ${className}`}
          style={{
            clipPath: `inset(0 min(${100 - left - width}%, 100% - ${left}% - 2px) 0 ${left}% round 3px)`,
          }}
        />
      )}
    </div>
  );
}
