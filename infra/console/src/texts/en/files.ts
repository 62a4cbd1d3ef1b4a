/** The page of delivered files. */
export const files = {
  description:
    'Files that DST has delivered to your project. A file is ready once its bytes have the MD5 that DST announced.',
  ofProject: (projectNo: string) => `Project ${projectNo}`,
  delivered: 'Delivered files',
  noAccess:
    'You have no enabled access to a project of DST. DST orders accesses; ask your project’s contact at DST for one.',
  empty: 'DST has delivered no file yet. Each file appears here as soon as DST announces it.',
  emptyFilter: 'No file is in this state. Choose another state.',
  file: 'File',
  state: 'State',
  anyState: 'Any state',
  size: 'Size',
  check: 'Check',
  arrived: 'Announced',
  stored: 'Ready since',
  progress: (done: string, rate: string) => (rate === '' ? done : `${done}, ${rate}`),
  states: {
    pending: 'Waits',
    copying: 'Being copied',
    stored: 'Ready',
    failed: 'Needs a person',
    deleting: 'Being deleted',
  },
  checks: {
    pending: 'Not checked yet',
    copying: 'Checked while it comes',
    stored: 'Bytes have this MD5',
    failed: 'Stopped: the centre’s operators have been told',
    deleting: 'DST deletes it',
  },
  thrownAway: (count: number) => `${count} ${count === 1 ? 'copy' : 'copies'} with another MD5 thrown away`,
  otherSize: (announced: string) => `DST announced ${announced}`,
};
