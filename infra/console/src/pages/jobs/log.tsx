import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useJobLog } from '../../api/workspaces.ts';
import { Empty } from '../../components/empty.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { useFilter } from '../../components/use-filter.ts';
import { useTexts } from '../../texts/texts.ts';

/** Kilobytes of each stream that may be shown. */
const tails = [64, 256, 1_024];

/** The end of what a job has printed; how much of it is in the address. */
export function JobLog({ id }: { id: string }) {
  const { workspaces } = useTexts();
  const [wanted, setWanted] = useFilter('tail');
  const tail = tails.find((each) => String(each) === wanted) ?? 64;
  const { data, error, refetch, isFetching } = useJobLog(id, tail * 1_024);
  const options = tails.map((each) => ({ value: String(each), label: workspaces.tails(each) }));
  const { stdout = '', stderr = '' } = data?.data ?? {};
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={workspaces.logHint}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Select
                ariaLabel={workspaces.tail}
                selectedOption={options.find(({ value }) => value === String(tail)) ?? null}
                options={options}
                onChange={({ detail }) => setWanted(detail.selectedOption.value ?? '')}
              />
              <Button
                iconName="refresh"
                ariaLabel={workspaces.readAgain}
                loading={isFetching}
                onClick={() => void refetch()}
              />
            </SpaceBetween>
          }
        >
          {workspaces.log}
        </Header>
      }
    >
      {error && <ErrorAlert error={error} onRetry={refetch} />}
      {!data && !error && <Loading />}
      {data && stdout === '' && stderr === '' && <Empty text={workspaces.emptyLog} />}
      {stdout !== '' && <Stream name={workspaces.output} text={stdout} />}
      {stderr !== '' && <Stream name={workspaces.errors} text={stderr} />}
    </Container>
  );
}

function Stream({ name, text }: { name: string; text: string }) {
  return (
    <section aria-label={name}>
      <Box variant="h3">{name}</Box>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className="log prewrap" tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}
