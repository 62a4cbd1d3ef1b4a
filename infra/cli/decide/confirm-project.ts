import { projectSubject } from '../../../shared/messages/subject.ts';
import { confirmAtPortal, isProjectNumber, projectNumberRule } from '../../../shared/operate/confirm-project.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { systemClock } from '../../../shared/platform/time.ts';
import { createPortal } from '../../../shared/portal/client.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import type { PortalAccess } from '../target/portal-variables.ts';
import { checkDecision, confirm, decisionOptions, printDecision, recordAudit } from './confirm.ts';

/** Confirms to the portal that the centre has a contract for a project. */
export const confirmProject: Command<typeof decisionOptions> = {
  name: 'confirm-project',
  group: 'Decide',
  arguments: ['<projectNo>'],
  options: decisionOptions,
  summary: 'Confirm to DST that the centre has a contract for a project, so that the researcher may create it here',
  examples: ['confirm-project 1001 --reason "contract 17 is signed"'],
  async run(operation, values, text = '') {
    checkDecision(operation, values);
    const projectNo = readNumber(text);
    const access = await operation.portal();
    // With the variables alone there is a portal and no gateway.
    const gateway = access.isOfGateway || operation.where.isNamed ? await operation.gateway() : undefined;
    const planned = [
      `The gateway will confirm to DST (${access.url}) that the centre has a contract for project ${projectNo}.`,
      'The researcher may create it here from then on, and nobody can take that back here.',
      ...(gateway ? [] : ['No gateway is named, so no history will have it: give --data-dir or --stack.']),
    ];
    const agreed = await confirm(operation, values, planned, { projectNo });
    if (agreed !== true) return agreed;
    const confirmation = await confirmAtPortal(portalOf(access), projectNo);
    if (gateway) await record(gateway, values.reason, projectNo, confirmation);
    const completed =
      confirmation === 'confirmed'
        ? `Project ${projectNo} is confirmed.`
        : `Project ${projectNo} was confirmed already: nothing changed at DST.`;
    printDecision(operation, { outcome: 'done', planned, completed: [completed], projectNo, confirmation });
    return 0;
  },
};

function readNumber(text: string): string {
  if (isProjectNumber(text)) return text;
  throw new InvalidInputError(`projectNo: ${projectNumberRule}, not "${printable(text)}"`);
}

const portalOf = ({ url, apiKey }: PortalAccess) =>
  createPortal({ baseUrl: url, apiKey: async () => apiKey, clock: systemClock });

async function record(gateway: OperatedGateway, reason: string, projectNo: string, outcome: string): Promise<void> {
  const details = outcome === 'confirmed' ? {} : { outcome };
  try {
    await recordAudit(gateway, reason, { subject: projectSubject(projectNo), projectNo, event: 'confirmed', details });
  } catch (cause) {
    throw new PermanentError(`DST has it, but the history does not: run the same command again`, { cause });
  }
}
