import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMessages } from '../../api/operate.ts';
import { messageStates } from '../../api/operate-shapes.ts';
import { MessageLink, ProjectLink } from '../../components/links.tsx';
import { MessageState } from '../../components/message-state.tsx';
import { PagedTable } from '../../components/paged-table.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { ServerText } from '../../components/server-text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';

/** Messages that are not marked yet, or all of a project; the filter is in the address. */
export default function MessagesPage() {
  const { operate, pages } = useTexts();
  const [project, setProject] = useFilter('project');
  const [state, setState] = useFilter('state');
  const [type, setType] = useFilter('type');
  const any = { value: '', label: operate.anyState };
  const states = messageStates.map((value) => ({ value, label: operate.messageStates[value] }));
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={operate.messagesHint}>
          {pages.messages}
        </Header>
      }
    >
      <PagedTable
        title={project === undefined ? operate.notMarked : operate.ofProject(project)}
        query={useMessages({ project, state, type })}
        itemsOf={(page) => page.messages}
        idOf={({ messageId }) => messageId}
        empty={operate.noMessages}
        filter={
          <SpaceBetween direction="horizontal" size="xs">
            <SearchField label={operate.project} value={project} onChange={(text) => setProject(text.trim())} />
            <Select
              ariaLabel={operate.state}
              selectedOption={states.find(({ value }) => value === state) ?? any}
              options={[any, ...states]}
              onChange={({ detail }) => setState(detail.selectedOption.value ?? '')}
            />
            <SearchField label={operate.type} value={type} onChange={(text) => setType(text.trim())} />
          </SpaceBetween>
        }
        columns={[
          { id: 'state', header: operate.state, cell: (message) => <MessageState state={message.state} /> },
          { id: 'type', header: operate.type, cell: (message) => <bdi>{message.type}</bdi> },
          {
            id: 'message',
            header: operate.message,
            cell: ({ messageId }) => <MessageLink id={messageId} />,
            isRowHeader: true,
          },
          {
            id: 'project',
            header: operate.project,
            cell: ({ projectNo }) => (projectNo === undefined ? '' : <ProjectLink id={projectNo} />),
          },
          { id: 'came', header: operate.came, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
          { id: 'error', header: operate.lastError, cell: ({ lastError = '' }) => <ServerText text={lastError} /> },
        ]}
      />
    </ContentLayout>
  );
}
