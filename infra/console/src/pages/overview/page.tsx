import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense } from 'react';
import { isOperator } from '../../api/session.ts';
import { useAccount } from '../../app/session-context.ts';
import { Loading } from '../../components/loading.tsx';
import { useTexts } from '../../texts/texts.ts';
import { LatestEvents } from './latest-events.tsx';

/** Each account sees one of them. */
const Operations = lazy(async () => ({ default: (await import('./operations.tsx')).Operations }));
const Research = lazy(async () => ({ default: (await import('./research.tsx')).Research }));

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
        <Suspense fallback={<Loading />}>{isOperator(account) ? <Operations /> : <Research />}</Suspense>
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
