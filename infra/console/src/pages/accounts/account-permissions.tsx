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

/** A change that is asked for. It stays the same when somebody else gives or takes the permission meanwhile. */
interface Asked {
  permission: string;
  isTaken: boolean;
}

/** The permissions that an account has or may get. */
export function AccountPermissions({ account, mayChange }: { account: Account; mayChange: boolean }) {
  const { overview, common } = useTexts();
  const texts = useAccountTexts();
  const { data, isPending } = usePermissions();
  const [asked, setAsked] = useState<Asked>();
  const has = ({ name }: Permission) => account.permissions.includes(name);
  const changeOf = (permission: Permission): Asked => ({ permission: permission.name, isTaken: has(permission) });
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
                  ariaLabel={titleOf(account, changeOf(permission), texts)}
                  onClick={() => setAsked(changeOf(permission))}
                >
                  {has(permission) ? texts.take : texts.give}
                </Button>
              ),
          },
        ]}
      />
      {asked !== undefined && <PermissionChange account={account} asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

const titleOf = ({ username }: Account, { permission, isTaken }: Asked, texts: AccountTexts) =>
  isTaken ? texts.takePermission(permission, username) : texts.givePermission(permission, username);

interface ChangeProps {
  account: Account;
  asked: Asked;
  onClose: () => void;
}

/** Asks before a permission is given or taken. */
function PermissionChange({ account, asked, onClose }: ChangeProps) {
  const texts = useAccountTexts();
  const { username } = account;
  const { permission, isTaken } = asked;
  const [key] = useState(() => crypto.randomUUID());
  const { mutate, error, isPending } = useChange('/accounts', () =>
    isTaken ? takePermission(username, permission) : givePermission(username, permission, key),
  );
  return (
    <ConfirmDialog
      title={titleOf(account, asked, texts)}
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
