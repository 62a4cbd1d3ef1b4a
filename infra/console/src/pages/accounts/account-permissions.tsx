import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type Account, givePermission, takePermission } from '../../api/accounts.ts';
import { type Permission, usePermissions } from '../../api/permissions.ts';
import { useChange } from '../../api/use-change.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { type AccountTexts, useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { meaningColumn } from './meaning-column.tsx';

/** The permissions that an account has or may get. */
export function AccountPermissions({ account, mayChange }: { account: Account; mayChange: boolean }) {
  const { overview, common } = useTexts();
  const texts = useAccountTexts();
  const { data, isPending } = usePermissions();
  const [asked, setAsked] = useState<string>();
  const has = ({ name }: Permission) => account.permissions.includes(name);
  return (
    <>
      <Table
        header={<Header variant="h2">{overview.permissions}</Header>}
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
            cell: (permission) => (
              <StatusIndicator type={has(permission) ? 'success' : 'stopped'}>{permission.name}</StatusIndicator>
            ),
          },
          meaningColumn(texts),
          {
            id: 'actions',
            header: texts.actions,
            cell: (permission) =>
              mayChange && (
                <Button
                  variant="inline-link"
                  ariaLabel={titleOf(account, permission.name, texts)}
                  onClick={() => setAsked(permission.name)}
                >
                  {has(permission) ? texts.take : texts.give}
                </Button>
              ),
          },
        ]}
      />
      {asked !== undefined && (
        <PermissionChange account={account} permission={asked} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

const titleOf = ({ username, permissions }: Account, permission: string, texts: AccountTexts) =>
  permissions.includes(permission)
    ? texts.takePermission(permission, username)
    : texts.givePermission(permission, username);

interface ChangeProps {
  account: Account;
  permission: string;
  onClose: () => void;
}

/** Asks before a permission is given or taken. */
function PermissionChange({ account, permission, onClose }: ChangeProps) {
  const texts = useAccountTexts();
  const { username, permissions } = account;
  const isTaken = permissions.includes(permission);
  const [key] = useState(() => crypto.randomUUID());
  const { mutate, error, isPending } = useChange('/accounts', () =>
    isTaken ? takePermission(username, permission) : givePermission(username, permission, key),
  );
  return (
    <ConfirmDialog
      title={titleOf(account, permission, texts)}
      action={isTaken ? texts.take : texts.give}
      error={error}
      isPending={isPending}
      onConfirm={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      {isTaken ? texts.takePermissionText : texts.givePermissionText}
    </ConfirmDialog>
  );
}
