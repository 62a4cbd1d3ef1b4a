import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { type Message, type Place, updateProcess } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Time } from '../../components/time.tsx';
import { useLength } from '../../components/use-length.ts';
import { useTexts } from '../../texts/texts.ts';

/** Most characters of a message. */
const longest = 10_000;

/** Messages between client and contractor. */
export function Chat({ place, messages }: { place: Place; messages: readonly Message[] }) {
  const { processes } = useTexts();
  const [text, setText] = useState('');
  const { isTooLong, field } = useLength(text, longest);
  const { mutate, error, isPending } = useChange('/processes', (message: string) =>
    updateProcess(place, { messages: { text: message } }),
  );
  // What was typed meanwhile stays.
  const send = () =>
    mutate(text, {
      onSuccess: () => setText((now) => (now.startsWith(text) ? now.slice(text.length).trimStart() : now)),
    });
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${messages.length})`}>
          {processes.chat}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <div role="log" aria-label={processes.chat} className="chat" tabIndex={0}>
          {messages.map(({ date, userName, text: written }) => (
            <article key={`${date} ${userName}`}>
              <Box variant="small" display="block">
                <bdi>{userName}</bdi> · <Time at={date} />
              </Box>
              <bdi className="prewrap">{written}</bdi>
            </article>
          ))}
        </div>
        {messages.length === 0 && <Empty text={processes.noMessages} />}
        {error && <ErrorAlert error={error} />}
        <FormField label={processes.write} {...field}>
          <Textarea value={text} rows={3} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
        <Button loading={isPending} disabled={text.trim() === '' || isTooLong} onClick={send}>
          {processes.send}
        </Button>
      </SpaceBetween>
    </Container>
  );
}
