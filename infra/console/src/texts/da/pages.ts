import type { Texts } from '../texts.ts';

export const pages: Texts['pages'] = {
  overview: 'Overblik',
  account: 'Konto og sikkerhed',
  groups: {
    operations: 'Drift',
    research: 'Forskning',
    administration: 'Administration',
  },
};
