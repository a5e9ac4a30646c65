/** @file The last net: when the page itself fails, it says so and offers to load again. */
import { Component } from 'react';
import type { ErrorInfo, ReactNode } from 'react';

/** Shows an offer to reload in place of a broken part of the page. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="crashed" role="alert">
        <h1 className="headline">The page stopped working.</h1>
        <p className="mute">
          Work that was kept in this browser comes back when the page is loaded again. Your file on
          disk is unchanged.
        </p>
        <button type="button" className="btn primary tall" onClick={() => window.location.reload()}>
          Load the page again
        </button>
      </div>
    );
  }
}
