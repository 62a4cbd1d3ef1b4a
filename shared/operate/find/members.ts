import type { OperatorContext } from '../../decisions/context.ts';
import { query } from '../../platform/dynamodb.ts';

/** A member of a project as the table `members` names it. */
export interface ProjectMember {
  member: string;
  /** Id of a message. */
  messageId?: string;
}

/**
 * A project's members of a kind, in the order of their names.
 *
 * @param kind `user#`, `file#` or `message#`
 * @param after the name of the member behind which to begin
 */
export async function* membersOf(
  { db, tables }: Pick<OperatorContext, 'db' | 'tables'>,
  projectNo: string,
  kind: 'user#' | 'file#' | 'message#',
  after?: string,
): AsyncGenerator<ProjectMember> {
  const members = query<ProjectMember>(db, {
    TableName: tables.members,
    KeyConditionExpression: 'projectNo = :projectNo AND #member BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#member': 'member' },
    ExpressionAttributeValues: { ':projectNo': projectNo, ':first': after ?? kind, ':last': `${kind}\u{10ffff}` },
  });
  for await (const member of members) if (member.member !== after) yield member;
}
