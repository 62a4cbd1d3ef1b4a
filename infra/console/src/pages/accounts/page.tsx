import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { isAdmin } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { useAccountTexts } from '../../texts/accounts.ts';
import { useTexts } from '../../texts/texts.ts';
import { AccountTable } from './account-table.tsx';
import { Organizations } from './organizations.tsx';
import { Permissions } from './permissions.tsx';

/** Accounts, their permissions, and the organizations that carry out services. Operators see them, admins change them. */
export default function AccountsPage() {
  const { operate, pages } = useTexts();
  const texts = useAccountTexts();
  const mayChange = isAdmin(useAccount());
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={mayChange ? operate.accountsHint : `${operate.accountsHint} ${texts.seeOnly}`}
        >
          {pages.accounts}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <AccountTable mayChange={mayChange} />
        <Organizations mayChange={mayChange} />
        <Permissions mayChange={mayChange} />
      </SpaceBetween>
    </ContentLayout>
  );
}
