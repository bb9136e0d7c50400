import { Component, type ReactNode } from "react";
import { text } from "../strings";

/** A view that fails takes only itself off the screen, and says so. Its `key` is the address: the next view is tried afresh. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: string | null }> {
  override state = { failed: null };

  static getDerivedStateFromError(error: unknown): { failed: string } {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.failed === null) return this.props.children;
    return (
      <div role="alert" className="card flex flex-col items-start gap-4 p-6">
        <p>{text.viewFailed}</p>
        <p className="text-sm text-muted">{this.state.failed}</p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          {text.reload}
        </button>
      </div>
    );
  }
}
