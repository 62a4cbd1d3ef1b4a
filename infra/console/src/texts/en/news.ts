/** The page of what is new. */
export const news = {
  description: 'What others have done in your processes since you last marked this as seen.',
  list: 'Since last time',
  none: 'Nothing new. What others do in your processes appears here, also while you are away.',
  more: 'There is more: mark these as seen to see it.',
  acknowledge: 'Mark as seen',
  when: 'When',
  what: 'What',
  process: 'Process',
  content: 'Content',
  open: 'Open the process',
  reasons: {
    messages: 'New message',
    files: 'Files changed',
    serviceType: 'Another service',
    serviceStatus: 'The service has got further',
    processStatus: 'New status',
  } as Record<string, string>,
  research: 'Your work',
  count: (count: string) => `${count} new`,
  nothing: 'Nothing new',
};
