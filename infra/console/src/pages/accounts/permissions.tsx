import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type Permission, requireFactor, usePermissions } from '../../api/permissions.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { HistoryLink } from '../../components/links.tsx';
import { type AccountTexts, useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { meaningColumn } from './meaning-column.tsx';

/** Permissions: who has them, and whether they require a second factor. */
export function Permissions({ mayChange }: { mayChange: boolean }) {
  const { common } = useTexts();
  const texts = useAccountTexts();
  const { data, error, refetch, isPending } = usePermissions();
  const [asked, setAsked] = useState<Permission>();
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <>
      <Table
        header={<Header variant="h2">{texts.permissionsTitle}</Header>}
        loading={isPending}
        loadingText={common.loading}
        items={data?.permissions ?? []}
        trackBy={({ name }) => name}
        wrapLines
        columnDefinitions={[
          {
            id: 'name',
            header: texts.permission,
            isRowHeader: true,
            cell: ({ name }) => <HistoryLink subject={`permission#${name}`} text={name} />,
          },
          meaningColumn(texts),
          { id: 'members', header: texts.members, cell: ({ members }) => <bdi>{members.join(', ')}</bdi> },
          {
            id: 'factor',
            header: texts.secondFactor,
            cell: ({ secondFactorRequired }) => (secondFactorRequired ? texts.required : texts.optional),
          },
          ...(mayChange
            ? [
                {
                  id: 'actions',
                  header: texts.actions,
                  cell: (permission: Permission) => (
                    <Button
                      variant="inline-link"
                      ariaLabel={titleOf(permission, texts)}
                      onClick={() => setAsked(permission)}
                    >
                      {permission.secondFactorRequired ? texts.releaseFactor : texts.requireFactor}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {asked && <Requirement permission={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

const titleOf = ({ name, secondFactorRequired }: Permission, texts: AccountTexts) =>
  secondFactorRequired ? texts.releaseFactorTitle(name) : texts.requireFactorTitle(name);

function Requirement({ permission, onClose }: { permission: Permission; onClose: () => void }) {
  const texts = useAccountTexts();
  const { name, secondFactorRequired: isRequired } = permission;
  const change = useChange('/accounts', () => requireFactor(name, !isRequired));
  return (
    <ConfirmDialog
      title={titleOf(permission, texts)}
      action={isRequired ? texts.releaseFactor : texts.requireFactor}
      error={change.error}
      isPending={change.isPending}
      onConfirm={() => change.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      {isRequired ? texts.releaseFactorText : texts.requireFactorText}
    </ConfirmDialog>
  );
}
