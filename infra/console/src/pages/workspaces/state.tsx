import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { JobState, Workspace } from '../../api/workspaces.ts';
import { useTexts } from '../../texts/texts.ts';

const workspaceTypes: Readonly<Record<Workspace['status'], StatusIndicatorProps.Type>> = {
  initializing: 'in-progress',
  idle: 'success',
  active: 'in-progress',
  deleting: 'stopped',
  error: 'error',
};

export function WorkspaceState({ status }: Pick<Workspace, 'status'>) {
  const { workspaces } = useTexts();
  return <StatusIndicator type={workspaceTypes[status]}>{workspaces.states[status]}</StatusIndicator>;
}

const jobTypes: Readonly<Record<JobState, StatusIndicatorProps.Type>> = {
  pending: 'pending',
  running: 'in-progress',
  stopping: 'stopped',
  complete: 'success',
  failed: 'error',
};

export function JobStateIndicator({ status }: { status: JobState }) {
  const { workspaces } = useTexts();
  return <StatusIndicator type={jobTypes[status]}>{workspaces.jobStates[status]}</StatusIndicator>;
}
