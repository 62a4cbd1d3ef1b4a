import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { JobState } from '../../api/workspaces.ts';
import { useTexts } from '../../texts/texts.ts';

const types: Readonly<Record<JobState, StatusIndicatorProps.Type>> = {
  pending: 'pending',
  running: 'in-progress',
  stopping: 'stopped',
  complete: 'success',
  failed: 'error',
};

export function JobStateIndicator({ status }: { status: JobState }) {
  const { workspaces } = useTexts();
  return <StatusIndicator type={types[status]}>{workspaces.jobStates[status]}</StatusIndicator>;
}
