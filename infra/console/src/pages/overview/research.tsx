import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { Link } from 'react-router';
import { useDeliveredFiles } from '../../api/delivered-files.ts';
import { useMissedEvents } from '../../api/news.ts';
import { useJobs } from '../../api/workspaces.ts';
import { addressOf } from '../../app/navigation.ts';
import { useTexts } from '../../texts/texts.ts';

/** News, delivered files and running jobs of a researcher. */
export function Research() {
  const { news, files, workspaces, pages } = useTexts();
  const missed = useMissedEvents().data;
  const ready = useDeliveredFiles('stored').data?.pages[0]?.data;
  const running = useJobs({ status: 'running' }).data?.pages[0]?.data;
  return (
    <Container header={<Header variant="h2">{news.research}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: pages.news,
            value: (
              <Link to={addressOf('news')}>
                {missed && missed.events.length > 0
                  ? news.count(`${missed.events.length}${missed.more ? '+' : ''}`)
                  : news.nothing}
              </Link>
            ),
          },
          {
            label: pages.files,
            value: (
              <Link to={`${addressOf('files')}?state=stored`}>
                {ready ? `${ready.files.length}${ready.next === undefined ? '' : '+'} ` : ''}
                {files.states.stored}
              </Link>
            ),
          },
          { label: pages.processes, value: <Link to={addressOf('processes')}>{pages.processes}</Link> },
          {
            label: pages.jobs,
            value: (
              <Link to={`${addressOf('jobs')}?job=running`}>
                {running ? `${running.jobs.length}${running.next === undefined ? '' : '+'} ` : ''}
                {workspaces.jobStates.running}
              </Link>
            ),
          },
        ]}
      />
    </Container>
  );
}
