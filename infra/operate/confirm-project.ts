import { createPortal } from '../../shared/portal/client.ts';
import type { Command } from './command.ts';

/** Tells the portal that the centre has a contract for a project. */
export const confirmProject: Command<Record<never, never>> = {
  arguments: ['projectNo'],
  options: {},
  summary: 'tells DST that we have a contract for a project: from then on the researcher may create it here',
  examples: ['confirm-project 1001'],
  async run({ portal, screen }, _values, projectNo = '') {
    const { url, apiKey } = await portal();
    const client = createPortal({ baseUrl: url, apiKey: async () => apiKey });
    const outcome = await client.confirmProject(projectNo);
    screen.print(
      outcome === 'confirmed'
        ? `Project ${projectNo} is confirmed.`
        : `Project ${projectNo} was confirmed already: nothing to do.`,
    );
    return 0;
  },
};
