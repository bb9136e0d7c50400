import type { ReactNode } from "react";

interface Props {
  id: string;
  title: string;
  lead?: string;
  children: ReactNode;
}

export function Panel({ id, title, lead, children }: Props): ReactNode {
  return (
    <section aria-labelledby={id} className="card flex min-w-0 flex-col gap-4 p-5 lg:p-6">
      <div>
        <h3 id={id} className="text-lg font-semibold">
          {title}
        </h3>
        {lead !== undefined && <p className="max-w-3xl text-sm text-muted">{lead}</p>}
      </div>
      {children}
    </section>
  );
}
