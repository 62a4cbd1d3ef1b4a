import * as z from 'zod';
import type { ProcessProjectRow } from '../rows.ts';
import { documentedTime } from './times.ts';

const object = z.record(z.string(), z.unknown());

const common = {
  projectID: z.string(),
  client: z.string().describe('Id of the account; empty for a draft'),
  createdWhen: z.string(),
  updatedWhen: z.string(),
  accessedWhen: z.string(),
};

/** A project as the document has it. */
export const projectView = z.object({ ...common, status: z.int(), details: object });

/** The same for later clients. */
export const laterProjectView = z.object({ ...common, projectStatus: z.int(), projectDetails: object });

export function viewProject(project: ProcessProjectRow): z.input<typeof projectView> {
  return { ...commonFields(project, ''), status: project.status, details: JSON.parse(project.details) };
}

export function viewLaterProject(project: ProcessProjectRow): z.input<typeof laterProjectView> {
  const { status, details } = project;
  return { ...commonFields(project, 'anonymous'), projectStatus: status, projectDetails: JSON.parse(details) };
}

/** Nobody's reading changes what is read, so a project counts as accessed when it was changed. */
function commonFields({ projectID, owner, createdAt, updatedAt }: ProcessProjectRow, visitor: string) {
  return {
    projectID,
    client: clientOf(owner, visitor),
    createdWhen: documentedTime(createdAt),
    updatedWhen: documentedTime(updatedAt),
    accessedWhen: documentedTime(updatedAt),
  };
}

/** The client in answers: the account's id. All who have access to a project of DST are its client. */
export function clientOf(owner: ProcessProjectRow['owner'], visitor: string): string {
  if (owner.kind === 'account') return owner.id;
  return owner.kind === 'dst' ? owner.projectNo : visitor;
}
