import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Fragment, useState } from 'react';
import { ApiError } from '../api/error.ts';
import { useTexts } from '../texts/texts.ts';
import { Sentences } from './sentences.tsx';
import { ServerText } from './server-text.tsx';

interface Props {
  error: unknown;
  /** Offers to try again, and shows that it does until the promise is settled. */
  onRetry?: () => unknown;
  /** In place of the error's own text. */
  sentences?: readonly string[];
}

/** An error for people, with the id of the request that the gateway's logs name. */
export function ErrorAlert({ error, onRetry, sentences = [] }: Props) {
  const { common } = useTexts();
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  const header = sentences.length > 0 ? <Sentences sentences={sentences} /> : <ErrorText error={error} />;
  return (
    <Alert
      type="error"
      header={header}
      action={onRetry && <RetryButton onRetry={onRetry} />}
      i18nStrings={{ errorIconAriaLabel: common.error }}
    >
      {requestId === undefined ? undefined : common.requestId(requestId)}
    </Alert>
  );
}

function RetryButton({ onRetry }: { onRetry: () => unknown }) {
  const { common } = useTexts();
  const [isTrying, setIsTrying] = useState(false);
  const retry = async () => {
    setIsTrying(true);
    await onRetry();
    setIsTrying(false);
  };
  return (
    <Button loading={isTrying} onClick={() => void retry()}>
      {common.retry}
    </Button>
  );
}

/** The text of an error in one line. */
function ErrorText({ error }: { error: unknown }) {
  const { common } = useTexts();
  if (error instanceof DOMException) return common.browserRefused;
  if (!(error instanceof ApiError)) return common.failedPage;
  if (error.status === 0) return common.unreachable;
  if (error.message === 'unexpected answer') return common.unexpectedAnswer;
  // All that the API of processes says of what somebody may not see.
  if (error.message === 'Not found!') return common.notThere;
  return error.texts.map((text, index) => (
    <Fragment key={text}>
      {index > 0 && ': '}
      <ServerText text={text} />
    </Fragment>
  ));
}
