import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { type Account, useAccounts, useOrganizations } from '../../api/accounts.ts';
import { isOperator } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { HistoryLink } from '../../components/links.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Accounts, and the organizations that carry out services. */
export default function AccountsPage() {
  const { operate, pages } = useTexts();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.accountsHint}>
          {pages.accounts}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Accounts />
        <Organizations />
      </SpaceBetween>
    </ContentLayout>
  );
}

function Accounts() {
  const { operate, overview, pages } = useTexts();
  const maySeeHistory = isOperator(useAccount());
  return (
    <PagedTable
      title={pages.accounts}
      query={useAccounts()}
      itemsOf={(page) => page.result}
      idOf={({ username }) => username}
      empty={operate.noAccounts}
      columns={[
        { id: 'name', header: overview.userName, isRowHeader: true, cell: ({ username }) => <bdi>{username}</bdi> },
        { id: 'person', header: operate.person, cell: ({ fname, lname }) => <bdi>{`${fname} ${lname}`.trim()}</bdi> },
        { id: 'permissions', header: overview.permissions, cell: ({ permissions }) => permissions.join(', ') },
        {
          id: 'state',
          header: operate.state,
          cell: ({ blockLogin, blockLoginReason }) =>
            blockLogin ? <bdi>{operate.blocked(blockLoginReason)}</bdi> : operate.open,
        },
        ...(maySeeHistory
          ? [
              {
                id: 'history',
                header: pages.history,
                cell: ({ username }: Account) => (
                  <HistoryLink subject={`account#${username}`} text={operate.whoDidWhat} />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Organizations() {
  const { operate } = useTexts();
  const { data, error, refetch } = useOrganizations();
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <Table
      header={<Header variant="h2">{operate.organizations}</Header>}
      items={data?.organizations ?? []}
      trackBy={({ name }) => name}
      empty={<Empty text={operate.noOrganizations} />}
      columnDefinitions={[
        { id: 'name', header: operate.organization, isRowHeader: true, cell: ({ name }) => <bdi>{name}</bdi> },
        { id: 'services', header: operate.services, cell: ({ supportedServices }) => supportedServices.join(', ') },
        { id: 'members', header: operate.members, cell: ({ members }) => <bdi>{members.join(', ')}</bdi> },
      ]}
    />
  );
}
