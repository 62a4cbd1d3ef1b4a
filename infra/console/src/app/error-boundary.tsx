import { Component, type ReactNode } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';

interface Props {
  children: ReactNode;
  /** Another value tries the children anew. */
  resetKey?: string;
}

/** Shows the error of a page that failed, in place of the page. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidUpdate(before: Props) {
    if (before.resetKey !== this.props.resetKey && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ErrorAlert error={error} onRetry={() => location.reload()} />;
  }
}
