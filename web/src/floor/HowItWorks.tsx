import type { ReactNode } from "react";
import { text } from "../strings";

export function HowItWorks(): ReactNode {
  return (
    <section
      aria-labelledby="how"
      className="card how flex flex-col gap-3 p-4 text-sm leading-relaxed text-muted"
    >
      <h2 id="how" className="text-base font-semibold text-ink">
        {text.how}
      </h2>
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
