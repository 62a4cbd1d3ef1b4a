import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Decision } from '../../api/decide.ts';
import type { Choice } from '../../api/operate-shapes.ts';
import { DecisionDialog } from '../../components/decision-dialog.tsx';
import { Sentences } from '../../components/sentences.tsx';
import { useTexts } from '../../texts/texts.ts';

interface Props {
  choices: readonly Choice[];
  /** Occurrences of incidents that the page shows: a decision about fewer is refused. */
  counts: ReadonlyMap<string, number>;
}

/** Each decision that is possible, with what it would do now, and those that are not, with the reason. */
export function Choices({ choices, counts }: Props) {
  const { operate } = useTexts();
  const [chosen, setChosen] = useState<Choice>();
  return (
    <Container header={<Header variant="h2">{operate.choices}</Header>}>
      <SpaceBetween size="l">
        {choices.length === 0 && <p>{operate.nothingToDecide}</p>}
        {choices.map((choice) => (
          <div key={`${choice.decision} ${choice.id}`}>
            <Button
              disabled={choice.planned === undefined}
              disabledReason={choice.why ?? ''}
              onClick={() => setChosen(choice)}
            >
              {labelOf(choice, operate)}
            </Button>
            <Sentences sentences={choice.planned ?? [choice.why ?? '']} />
          </div>
        ))}
      </SpaceBetween>
      {chosen && (
        <DecisionDialog
          title={labelOf(chosen, operate)}
          planned={chosen.planned ?? []}
          decision={decisionOf(chosen, counts)}
          onClose={() => setChosen(undefined)}
        />
      )}
    </Container>
  );
}

const labelOf = ({ decision, wholeDelivery }: Choice, { decisions }: ReturnType<typeof useTexts>['operate']) =>
  decisions[decision === 'dismiss' && wholeDelivery ? 'dismissWhole' : decision];

function decisionOf({ decision, id, wholeDelivery }: Choice, counts: Props['counts']): Decision {
  if (decision === 'approve' || decision === 'requeue') {
    return { path: `message/${decision}`, about: { messageId: id } };
  }
  if (decision === 'fetch-again') return { path: 'file/fetch-again', about: { fileId: id } };
  const count = counts.get(id);
  return {
    path: `incident/${decision}`,
    about: { incidentId: id, ...(count !== undefined && { count }), ...(wholeDelivery && { wholeDelivery }) },
  };
}
