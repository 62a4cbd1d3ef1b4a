import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { deleteOrganization, type Organization, useOrganizations } from '../../api/organizations.ts';
import { useServices } from '../../api/processes.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { HistoryLink } from '../../components/links.tsx';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { serviceName } from '../processes/names.ts';
import { OrganizationForm } from './organization-form.tsx';

type Asked = { what: 'save'; organization?: Organization } | { what: 'delete'; organization: Organization };

/** Organizations: their services and members. */
export function Organizations({ mayChange }: { mayChange: boolean }) {
  const all = useTexts();
  const { common, operate, pages } = all;
  const texts = useAccountTexts();
  const { data, error, refetch, isPending } = useOrganizations();
  const { data: services } = useServices();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  const actions = (organization: Organization) => (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        variant="inline-link"
        ariaLabel={texts.changeOrganization(organization.name)}
        onClick={() => setAsked({ what: 'save', organization })}
      >
        {texts.change}
      </Button>
      <Button
        variant="inline-link"
        ariaLabel={texts.deleteOrganization(organization.name)}
        onClick={() => setAsked({ what: 'delete', organization })}
      >
        {texts.remove}
      </Button>
    </SpaceBetween>
  );
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            actions={
              mayChange && <Button onClick={() => setAsked({ what: 'save' })}>{texts.createOrganization}</Button>
            }
          >
            {operate.organizations}
          </Header>
        }
        loading={isPending}
        loadingText={common.loading}
        items={data?.organizations ?? []}
        trackBy={({ name }) => name}
        wrapLines
        empty={<Empty text={operate.noOrganizations} />}
        columnDefinitions={[
          { id: 'name', header: operate.organization, isRowHeader: true, cell: ({ name }) => <bdi>{name}</bdi> },
          {
            id: 'services',
            header: operate.services,
            cell: ({ supportedServices }) =>
              supportedServices.map((number) => serviceName(services, number, all)).join(', '),
          },
          { id: 'members', header: operate.members, cell: ({ members }) => <bdi>{members.join(', ')}</bdi> },
          {
            id: 'history',
            header: pages.history,
            cell: ({ name }) => <HistoryLink subject={`organization#${name}`} text={operate.whoDidWhat} />,
          },
          ...(mayChange ? [{ id: 'actions', header: texts.actions, cell: actions }] : []),
        ]}
      />
      {asked?.what === 'save' && <OrganizationForm {...asked} services={services} onClose={close} />}
      {asked?.what === 'delete' && <Deletion name={asked.organization.name} onClose={close} />}
    </>
  );
}

function Deletion({ name, onClose }: { name: string; onClose: () => void }) {
  const texts = useAccountTexts();
  const { mutate, error, isPending } = useChange('/accounts', deleteOrganization);
  return (
    <ConfirmDialog
      title={texts.deleteOrganization(name)}
      action={texts.remove}
      error={error}
      isPending={isPending}
      onConfirm={() => mutate(name, { onSuccess: onClose })}
      onClose={onClose}
    >
      {texts.deleteOrganizationText}
    </ConfirmDialog>
  );
}
