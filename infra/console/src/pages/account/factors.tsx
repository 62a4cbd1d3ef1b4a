import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useFactors } from '../../api/account.ts';
import { useAccount } from '../../app/session-context.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Second factors of the account. */
export function Factors() {
  const { account } = useTexts();
  const { username } = useAccount();
  const { data, error, refetch } = useFactors(username);
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  if (!data) return <Loading />;
  return (
    <Container header={<Header variant="h2">{account.factors}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: account.totp, value: data.totp ? <Time at={data.totp.createdAt} /> : account.none },
          { label: account.passkeys, value: data.passkeys.map(({ name }) => name).join(', ') || account.none },
          { label: account.recoveryCodes, value: data.recoveryCodes },
        ]}
      />
    </Container>
  );
}
