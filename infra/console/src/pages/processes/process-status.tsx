import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useTexts } from '../../texts/texts.ts';

const types: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  ACTION_REQUIRED: 'warning',
  WAITING_CONTRACTOR: 'pending',
  WAITING_CLIENT: 'pending',
  WAITING_PROCESS: 'pending',
  IN_PROGRESS: 'in-progress',
  FAILED: 'error',
  COMPLETED: 'success',
};

/** Whose turn a process is. */
export function ProcessStatus({ status }: { status: string }) {
  const { processes } = useTexts();
  return <StatusIndicator type={types[status] ?? 'info'}>{processes.turns[status] ?? status}</StatusIndicator>;
}
