import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';
import { useNamedAccount } from '../../api/accounts.ts';
import { ApiError } from '../../api/error.ts';
import { isAdmin, isOperator } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FactorList } from '../../components/factor-list.tsx';
import { Id } from '../../components/id.tsx';
import { HistoryLink } from '../../components/links.tsx';
import { Loading } from '../../components/loading.tsx';
import { SessionTable } from '../../components/session-table.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { AccountActions } from './account-actions.tsx';
import { AccountPermissions } from './account-permissions.tsx';
import { AccountState } from './account-state.tsx';

/** One account: who it is, what it may, where it is signed in, and what admins may do with it. */
export default function AccountPage() {
  const { operate, overview, pages } = useTexts();
  const texts = useAccountTexts();
  const [parameters] = useSearchParams();
  const caller = useAccount();
  const { data: account, error, refetch } = useNamedAccount(parameters.get('name') ?? '');
  if (error instanceof ApiError && error.status === 404)
    return (
      <TitledPage title={pages.namedAccount}>
        <Empty text={texts.noAccount} />
      </TitledPage>
    );
  if (error)
    return (
      <TitledPage title={pages.namedAccount}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!account) return <Loading />;
  const { username, fname, lname, email } = account;
  const mayChange = isAdmin(caller);
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={mayChange && <AccountActions key={username} account={account} />}>
          <bdi>{username}</bdi>
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <KeyValuePairs
            columns={3}
            items={[
              { label: overview.userName, value: <Id id={username} /> },
              { label: operate.person, value: <bdi>{`${fname} ${lname}`.trim() || '–'}</bdi> },
              { label: texts.email, value: <bdi>{email || '–'}</bdi> },
              { label: operate.state, value: <AccountState account={account} /> },
              { label: texts.password, value: account.changePasswordOnNextLogin ? texts.mustChange : texts.own },
              ...(isOperator(caller)
                ? [
                    {
                      label: operate.whoDidWhat,
                      value: <HistoryLink subject={`account#${username}`} text={operate.whoDidWhat} />,
                    },
                  ]
                : []),
            ]}
          />
        </Container>
        <AccountPermissions account={account} mayChange={mayChange} />
        {mayChange && <FactorList userName={username} />}
        {mayChange && <SessionTable userName={username} />}
      </SpaceBetween>
    </ContentLayout>
  );
}
