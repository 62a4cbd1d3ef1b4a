import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Link, useParams } from 'react-router';
import { ApiError } from '../../api/error.ts';
import { useProcess, useServices } from '../../api/processes.ts';
import { addressOf } from '../../app/navigation.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { TitledPage } from '../../components/titled-page.tsx';
import { useTexts } from '../../texts/texts.ts';
import { Chat } from './chat.tsx';
import { ProcessFiles } from './files.tsx';
import { ProcessHistory } from './history.tsx';
import { serviceName } from './names.ts';
import { Order } from './order.tsx';
import { ProcessOverview } from './process-overview.tsx';
import { Report } from './report.tsx';

/** A process: state and steps, the order, chat, files and history. */
export default function ProcessPage() {
  const texts = useTexts();
  const { processes } = texts;
  const { projectID = '', processID = '' } = useParams();
  const { data: process, error, refetch, isPlaceholderData } = useProcess(projectID, processID);
  const { data: services } = useServices();
  const place = { projectID, processID };
  if (error instanceof ApiError && error.status === 404)
    return (
      <TitledPage title={texts.pages.process}>
        <Empty text={processes.notFound} />
      </TitledPage>
    );
  if (error)
    return (
      <TitledPage title={texts.pages.process}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!process || !services || isPlaceholderData) return <Loading />;
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={<Link to={addressOf(`processes/${projectID}`)}>{processes.project}</Link>}>
          {serviceName(services, process.serviceType, texts)} {processID.slice(0, 6)}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ProcessOverview place={place} process={process} />
        <Order key={`${processID}#${process.serviceType}`} place={place} process={process} services={services} />
        <Report process={process} />
        <Chat place={place} messages={process.messages.messages} />
        <ProcessFiles place={place} process={process} />
        <ProcessHistory processID={processID} />
      </SpaceBetween>
    </ContentLayout>
  );
}
