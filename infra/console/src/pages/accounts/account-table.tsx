import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAccounts } from '../../api/accounts.ts';
import { AccountLink } from '../../components/links.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { AccountState } from './account-state.tsx';
import { CreateAccount } from './create-account.tsx';

/** Accounts, by parts of their names, which are in the address. */
export function AccountTable({ mayChange }: { mayChange: boolean }) {
  const { operate, overview, pages } = useTexts();
  const texts = useAccountTexts();
  const [username, setUserName] = useFilter('username');
  const [fname, setFirstName] = useFilter('fname');
  const [lname, setLastName] = useFilter('lname');
  const [isCreating, setIsCreating] = useState(false);
  const filter = { username, fname, lname };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const fields = [
    { name: texts.find.username, value: username, set: setUserName },
    { name: texts.find.fname, value: fname, set: setFirstName },
    { name: texts.find.lname, value: lname, set: setLastName },
  ];
  return (
    <>
      <PagedTable
        title={pages.accounts}
        query={useAccounts(filter)}
        itemsOf={(page) => page.result}
        idOf={(account) => account.username}
        empty={isFiltered ? texts.noAccounts : operate.noAccounts}
        actions={mayChange && <Button onClick={() => setIsCreating(true)}>{texts.create}</Button>}
        filter={
          <SpaceBetween direction="horizontal" size="xs">
            {fields.map(({ name, value, set }) => (
              <SearchField key={name} label={name} value={value} onChange={set} />
            ))}
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: overview.userName,
            isRowHeader: true,
            cell: ({ username: name }) => <AccountLink name={name} />,
          },
          {
            id: 'person',
            header: operate.person,
            cell: (account) => <bdi>{`${account.fname} ${account.lname}`.trim()}</bdi>,
          },
          { id: 'permissions', header: overview.permissions, cell: ({ permissions }) => permissions.join(', ') },
          { id: 'state', header: operate.state, cell: (account) => <AccountState account={account} /> },
        ]}
      />
      {isCreating && <CreateAccount onClose={() => setIsCreating(false)} />}
    </>
  );
}
