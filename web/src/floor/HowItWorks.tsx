import type { ReactNode } from "react";
import { text } from "../strings";

export function HowItWorks({ className }: { className: string }): ReactNode {
  return (
    <section
      aria-labelledby="how"
      className={`card flex flex-col gap-3 p-4 text-sm leading-relaxed text-muted ${className}`}
    >
      <h3 id="how" className="text-base font-semibold text-ink">
        {text.how}
      </h3>
      {text.howSentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p className="mt-auto">
        <a className="link" href="/docs">
          {text.apiDocs}
        </a>
      </p>
    </section>
  );
}
