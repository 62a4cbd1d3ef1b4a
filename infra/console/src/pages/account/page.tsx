import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useTexts } from '../../texts/texts.ts';
import { Factors } from './factors.tsx';
import { Sessions } from './sessions.tsx';

export default function AccountPage() {
  const { account, pages } = useTexts();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={account.description}>
          {pages.account}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Sessions />
        <Factors />
      </SpaceBetween>
    </ContentLayout>
  );
}
