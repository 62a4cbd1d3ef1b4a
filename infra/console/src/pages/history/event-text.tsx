import type { Event } from '../../api/operate-shapes.ts';
import { MessageLink } from '../../components/links.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Text of an event: the change, by whom or which message, and why. */
export function EventText({ event: { event, messageId, details = {} } }: { event: Event }) {
  const { operate } = useTexts();
  const { by, reason } = details;
  return (
    <>
      <ServerText text={event} />
      {typeof by === 'string' && (
        <>
          {' '}
          {operate.by} <bdi>{by}</bdi>
        </>
      )}
      {typeof reason === 'string' && (
        <>
          : <bdi>{reason}</bdi>
        </>
      )}
      {by === undefined && messageId !== undefined && (
        <>
          {' '}
          {operate.byMessage} <MessageLink id={messageId} />
        </>
      )}
    </>
  );
}
