import type { ReactNode } from "react";
import { text } from "../strings";

export function Portfolio(): ReactNode {
  return (
    <section aria-labelledby="view" className="flex flex-col gap-4">
      <h2 id="view" className="view-title">
        {text.views.portfolio}
      </h2>
    </section>
  );
}
