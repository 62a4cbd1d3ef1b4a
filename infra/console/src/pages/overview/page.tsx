import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { isOperator } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { useTexts } from '../../texts/texts.ts';
import { LatestEvents } from './latest-events.tsx';
import { Operations } from './operations.tsx';
import { Research } from './research.tsx';

export default function OverviewPage() {
  const { overview, pages } = useTexts();
  const account = useAccount();
  const { username, permissions } = account;
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={isOperator(account) ? overview.descriptionOfOperators : overview.description}>
          {pages.overview}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {isOperator(account) ? <Operations /> : <Research />}
        <Container header={<Header variant="h2">{overview.account}</Header>}>
          <KeyValuePairs
            columns={2}
            items={[
              { label: overview.userName, value: <bdi>{username}</bdi> },
              { label: overview.permissions, value: permissions.join(', ') || overview.noPermissions },
            ]}
          />
        </Container>
        <LatestEvents />
      </SpaceBetween>
    </ContentLayout>
  );
}
