import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Process } from '../../api/processes.ts';
import { useTexts } from '../../texts/texts.ts';

/** Values of a report, by their names with dots between. */
function* valuesIn(value: unknown, name: string): Generator<[name: string, text: string]> {
  if (value === null || value === undefined || value === '') return;
  if (typeof value !== 'object') {
    yield [name, String(value)];
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* valuesIn(inner, name === '' ? key : `${name}.${key}`);
}

/** Report of the service on the work: a job's state and log, or the way of files to DST. */
export function Report({ process: { service } }: { process: Process }) {
  const { processes } = useTexts();
  const values = [...valuesIn(service, '')];
  if (values.length === 0) return null;
  return (
    <Container header={<Header variant="h2">{processes.report}</Header>}>
      <SpaceBetween size="s">
        {values.map(([name, text]) => (
          <div key={name}>
            <Box variant="awsui-key-label">
              <bdi>{name}</bdi>
            </Box>
            <bdi className="prewrap">{text}</bdi>
          </div>
        ))}
      </SpaceBetween>
    </Container>
  );
}
