import { createPortal } from '../../shared/portal/client.ts';
import type { Command } from './command.ts';

/** Tells the portal that the centre has a contract for a project. */
export const confirmProject: Command = {
  arguments: ['projectNo'],
  summary: 'tells DST that we have a contract for a project: from then on the researcher may create it here',
  async run(operation, projectNo = '') {
    const { url, apiKey } = await operation.portal();
    const portal = createPortal({ baseUrl: url, apiKey: async () => apiKey });
    const outcome = await portal.confirmProject(projectNo);
    return outcome === 'confirmed'
      ? `Project ${projectNo} is confirmed.`
      : `Project ${projectNo} was confirmed already: nothing to do.`;
  },
};
