import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { ApiError } from '../api/error.ts';
import { type Texts, useTexts } from '../texts/texts.ts';

interface Props {
  error: unknown;
  /** Offers to try again. */
  onRetry?: () => unknown;
}

/** An error for people, with the id of the request that the gateway's logs name. */
export function ErrorAlert({ error, onRetry }: Props) {
  const { common } = useTexts();
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  const retry = onRetry && <Button onClick={() => void onRetry()}>{common.retry}</Button>;
  return (
    <Alert type="error" header={errorText(error, common)} action={retry}>
      {requestId === undefined ? undefined : common.requestId(requestId)}
    </Alert>
  );
}

/** The text of an error in one line. */
function errorText(error: unknown, common: Texts['common']): string {
  if (error instanceof DOMException) return common.browserRefused;
  if (!(error instanceof ApiError)) return common.failedPage;
  if (error.status === 0) return common.unreachable;
  return error.message === 'unexpected answer' ? common.unexpectedAnswer : error.message;
}
