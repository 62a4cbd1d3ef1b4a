import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Workspace } from '../../api/workspaces.ts';
import { useTexts } from '../../texts/texts.ts';

const types: Readonly<Record<Workspace['status'], StatusIndicatorProps.Type>> = {
  initializing: 'in-progress',
  idle: 'success',
  active: 'in-progress',
  deleting: 'stopped',
  error: 'error',
};

export function WorkspaceState({ status }: Pick<Workspace, 'status'>) {
  const { workspaces } = useTexts();
  return <StatusIndicator type={types[status]}>{workspaces.states[status]}</StatusIndicator>;
}
