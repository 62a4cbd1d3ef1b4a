import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';

/** Text or error in place of a page's content, under the page's name. */
export const TitledPage = ({ title, children }: { title: string; children: ReactNode }) => (
  <ContentLayout header={<Header variant="h1">{title}</Header>}>{children}</ContentLayout>
);
