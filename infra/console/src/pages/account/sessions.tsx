import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useSessions } from '../../api/account.ts';
import { sessionKey, signOutEverywhere } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Time } from '../../components/time.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Where the account is signed in, and the button that ends all of it. */
export function Sessions() {
  const { account, common } = useTexts();
  const { username } = useAccount();
  const { data, error, isPending, refetch } = useSessions(username);
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => signOutEverywhere(username),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  });
  if (error ?? end.error) return <ErrorAlert error={error ?? end.error} onRetry={refetch} />;
  return (
    <Table
      header={
        <Header
          variant="h2"
          description={account.sessionsDescription}
          actions={
            <Button loading={end.isPending} onClick={() => end.mutate()}>
              {common.account.signOutEverywhere}
            </Button>
          }
        >
          {account.sessions}
        </Header>
      }
      loading={isPending}
      loadingText={common.loading}
      items={data?.sessions ?? []}
      empty={<Empty text={account.noSessions} />}
      columnDefinitions={[
        {
          id: 'createdAt',
          header: account.signedInAt,
          isRowHeader: true,
          cell: ({ createdAt }) => <Time at={createdAt} />,
        },
        { id: 'exp', header: account.endsAt, cell: ({ exp }) => <Time at={exp} /> },
        { id: 'address', header: account.address, cell: ({ address }) => address },
        { id: 'program', header: account.program, cell: ({ userAgent }) => <bdi>{userAgent}</bdi> },
        {
          id: 'current',
          header: account.current,
          cell: ({ current }) => (current ? <StatusIndicator>{account.thisOne}</StatusIndicator> : ''),
        },
      ]}
    />
  );
}
