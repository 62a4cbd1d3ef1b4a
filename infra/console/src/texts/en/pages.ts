/** Names of the pages and of the groups that the navigation shows them in. */
export const pages = {
  overview: 'Overview',
  messages: 'Messages',
  message: 'Message',
  transfers: 'Transfers',
  incidents: 'Incidents',
  incident: 'Incident',
  projects: 'Projects',
  projectPage: 'Project',
  accounts: 'Accounts',
  history: 'History',
  account: 'Account and security',
  groups: {
    operations: 'Operations',
    research: 'Research',
    administration: 'Administration',
  },
};
