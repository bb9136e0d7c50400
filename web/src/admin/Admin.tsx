import type { ReactNode } from "react";
import { text } from "../strings";

export function Admin(): ReactNode {
  return (
    <section aria-labelledby="view" className="flex flex-col gap-4">
      <h2 id="view" className="view-title">
        {text.views.admin}
      </h2>
    </section>
  );
}
