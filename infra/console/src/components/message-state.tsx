import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Message } from '../api/operate-shapes.ts';
import { useTexts } from '../texts/texts.ts';

const signs: Record<Message['state'], StatusIndicatorProps.Type> = {
  open: 'pending',
  applying: 'in-progress',
  applied: 'in-progress',
  working: 'in-progress',
  done: 'success',
  marked: 'success',
  held: 'warning',
  superseded: 'stopped',
  dismissed: 'stopped',
};

/** State of a message, in words. */
export function MessageState({ state }: { state: Message['state'] }) {
  const { operate } = useTexts();
  return <StatusIndicator type={signs[state]}>{operate.messageStates[state]}</StatusIndicator>;
}
