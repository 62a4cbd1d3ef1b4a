import type { Texts } from '../texts.ts';

export const pages: Texts['pages'] = {
  overview: 'Overblik',
  messages: 'Meddelelser',
  message: 'Meddelelse',
  transfers: 'Overførsler',
  incidents: 'Hændelser',
  incident: 'Hændelse',
  projects: 'Projekter',
  projectPage: 'Projekt',
  accounts: 'Konti',
  history: 'Historik',
  account: 'Konto og sikkerhed',
  groups: {
    operations: 'Drift',
    research: 'Forskning',
    administration: 'Administration',
  },
};
