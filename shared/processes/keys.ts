// Keys of the table `processes`. A project with all that is in it is one partition, and so is each list of projects.

/** Digits of times in keys, so that they sort. */
const timeDigits = 15;

/** A time in a key, in milliseconds since 1970. */
export const timeKey = (time: number): string => String(time).padStart(timeDigits, '0');

export interface Key {
  scope: string;
  item: string;
}

export const projectScope = (projectID: string): string => `project#${projectID}`;

export const projectKey = (projectID: string): Key => ({ scope: projectScope(projectID), item: 'project' });

export const processItem = (processID: string): string => `process#${processID}`;

export const processKey = (projectID: string, processID: string): Key => ({
  scope: projectScope(projectID),
  item: processItem(processID),
});

/** Beginning of the items of a process's files. */
export const filesOf = (processID: string): string => `${processItem(processID)}#file#`;

/** Beginning of the items of a process's messages. */
export const messagesOf = (processID: string): string => `${processItem(processID)}#message#`;

/** Beginning of the items that say which processes wait for a process. */
export const dependentsOf = (processID: string): string => `${processItem(processID)}#dependent#`;

export const dependentKey = (projectID: string, processID: string, dependent: string): Key => ({
  scope: projectScope(projectID),
  item: dependentsOf(processID) + dependent,
});

export const fileKey = (projectID: string, processID: string, fileID: string): Key => ({
  scope: projectScope(projectID),
  item: filesOf(processID) + fileID,
});

/** Beginning of the items of files that clients are uploading to S3. */
export const uploadsOf = (processID: string): string => `${processItem(processID)}#upload#`;

export const uploadKey = (projectID: string, processID: string, fileID: string): Key => ({
  scope: projectScope(projectID),
  item: uploadsOf(processID) + fileID,
});

/** @param sequence of the message's event in the history of its process: messages sort as they were sent */
export const messageKey = (projectID: string, processID: string, sequence: number): Key => ({
  scope: projectScope(projectID),
  item: messagesOf(processID) + String(sequence).padStart(12, '0'),
});

/** The item that says which project a process is in. */
export const pointerKey = (processID: string): Key => ({ scope: processItem(processID), item: 'process' });

/** Place of a project in a list: later projects sort behind earlier ones. */
export const listItem = ({ projectID, createdAt }: { projectID: string; createdAt: number }): string =>
  `${timeKey(createdAt)}#${projectID}`;

export const contractorScope = (organizationId: string): string => `contractor#${organizationId}`;

/** Drafts, by the time at which they expire. */
export const draftsScope = 'drafts';

/** Work that was left to do by a commit. */
export const workScope = 'work';
