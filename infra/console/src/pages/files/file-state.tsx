import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { FileState } from '../../api/delivered-files.ts';
import { useTexts } from '../../texts/texts.ts';

const types: Readonly<Record<FileState, StatusIndicatorProps.Type>> = {
  pending: 'pending',
  copying: 'in-progress',
  stored: 'success',
  failed: 'error',
  deleting: 'stopped',
};

export function FileStateIndicator({ state }: { state: FileState }) {
  const { files } = useTexts();
  return <StatusIndicator type={types[state]}>{files.states[state]}</StatusIndicator>;
}
