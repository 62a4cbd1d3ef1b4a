import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { useSessions } from '../api/account.ts';
import { useSecurityTexts } from '../texts/security.ts';
import { useTexts } from '../texts/texts.ts';
import { Empty } from './empty.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { Time } from './time.tsx';

interface Props {
  userName: string;
  description?: string;
  actions?: ReactNode;
}

/** Where an account is signed in. */
export function SessionTable({ userName, description, actions }: Props) {
  const { common } = useTexts();
  const texts = useSecurityTexts();
  const { data, error, isPending, refetch } = useSessions(userName);
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <Table
      header={
        <Header variant="h2" description={description} actions={actions}>
          {texts.sessions}
        </Header>
      }
      loading={isPending}
      loadingText={common.loading}
      items={data?.sessions ?? []}
      wrapLines
      empty={<Empty text={texts.noSessions} />}
      columnDefinitions={[
        {
          id: 'createdAt',
          header: texts.signedInAt,
          isRowHeader: true,
          cell: ({ createdAt }) => <Time at={createdAt} />,
        },
        { id: 'exp', header: texts.endsAt, cell: ({ exp }) => <Time at={exp} /> },
        { id: 'address', header: texts.address, cell: ({ address }) => address },
        { id: 'program', header: texts.program, cell: ({ userAgent }) => <bdi>{userAgent}</bdi> },
        {
          id: 'current',
          header: texts.current,
          cell: ({ current }) => (current ? <StatusIndicator>{texts.thisOne}</StatusIndicator> : ''),
        },
      ]}
    />
  );
}
