import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useTransfers } from '../../api/operate.ts';
import type { File } from '../../api/operate-shapes.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FileLink, ProjectLink } from '../../components/links.tsx';
import { Loading } from '../../components/loading.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { formats } from '../../components/size.ts';
import { TitledPage } from '../../components/titled-page.tsx';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { useLiveProgress, withProgress } from './live-progress.ts';

/** Files that are being moved, the slowest first, those that wait, and those that failed. */
export default function TransfersPage() {
  const { operate, pages } = useTexts();
  const { data, dataUpdatedAt, error, refetch } = useTransfers();
  const progress = useLiveProgress(data?.moving ?? [], refetch);
  if (error)
    return (
      <TitledPage title={pages.transfers}>
        <ErrorAlert error={error} onRetry={refetch} />
      </TitledPage>
    );
  if (!data) return <Loading />;
  const moving = data.moving.map((file) => withProgress(file, dataUpdatedAt, progress)).toSorted(slowestFirst);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.transfersHint}>
          {pages.transfers}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FileTable title={operate.moving} files={moving} empty={operate.noMoving} isMoving />
        <FileTable title={operate.failedFiles} files={data.failed} empty={operate.noFailed} />
        <FileTable
          title={data.areMore ? operate.firstWaiting : operate.waiting}
          files={data.waiting.slice(0, mostShown)}
          empty={operate.noWaiting}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}

/** Waiting files that are shown: those that come next. */
const mostShown = 100;

const slowestFirst = (one: File, other: File) => (other.secondsLeft ?? 0) - (one.secondsLeft ?? 0);

interface Props {
  title: string;
  files: readonly File[];
  empty: string;
  isMoving?: boolean;
}

export function FileTable({ title, files, empty, isMoving = false }: Props) {
  const { operate } = useTexts();
  const format = formats(useLanguage());
  const moving = [
    { id: 'progress', header: operate.progress, cell: (file: File) => <Bar file={file} /> },
    {
      id: 'rate',
      header: operate.rate,
      cell: ({ bytesPerSecond }: File) => (bytesPerSecond ? format.rate(bytesPerSecond) : '–'),
    },
    {
      id: 'left',
      header: operate.left,
      cell: ({ secondsLeft }: File) => (secondsLeft === undefined ? '–' : format.duration(secondsLeft)),
    },
  ];
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${files.length})`}>
          {title}
        </Header>
      }
      items={files}
      trackBy={({ fileId }) => fileId}
      empty={<Empty text={empty} />}
      wrapLines
      columnDefinitions={[
        {
          id: 'file',
          header: operate.file,
          isRowHeader: true,
          cell: ({ fileId }) => <FileLink id={fileId} />,
        },
        { id: 'project', header: operate.project, cell: ({ projectNo }) => <ProjectLink id={projectNo} /> },
        { id: 'size', header: operate.size, cell: ({ bytes }) => (bytes === undefined ? '–' : format.bytes(bytes)) },
        ...(isMoving ? moving : []),
        { id: 'attempt', header: operate.attempts, cell: ({ attempt }) => attempt },
        { id: 'error', header: operate.lastError, cell: ({ lastError = '' }) => <ServerText text={lastError} /> },
      ]}
    />
  );
}

function Bar({ file: { fileId, bytes, bytesDone } }: { file: File }) {
  const format = formats(useLanguage());
  const share = bytes ? Math.min(100, (100 * bytesDone) / bytes) : 0;
  return <ProgressBar value={share} additionalInfo={format.bytes(bytesDone)} ariaLabel={fileId} />;
}
