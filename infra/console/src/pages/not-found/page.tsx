import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { Link } from 'react-router';
import { home } from '../../app/navigation.ts';
import { useTexts } from '../../texts/texts.ts';

export function NotFound() {
  const { common, pages } = useTexts();
  return (
    <ContentLayout header={<Header variant="h1">{common.notFound}</Header>}>
      <p>{common.notFoundHint}</p>
      <Link to={home}>{pages.overview}</Link>
    </ContentLayout>
  );
}
