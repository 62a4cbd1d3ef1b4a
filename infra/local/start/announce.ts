import { commandLine } from '../../cli/command-line.ts';
import type { Target } from '../../cli/target/find-stack.ts';
import { type Day, dayFaults } from './day.ts';
import type { Stage } from './play.ts';

/** Lists the faults that a day plans, as lines. */
export function plannedLines(
  { day, files }: Pick<Stage, 'day' | 'files'>,
  { day: number, resumed }: { day: number; resumed: boolean },
): string[] {
  if (resumed) return [`Day ${number} goes on, at a simulated portal.`];
  const corrupted = files.filter(({ behaviour }) => behaviour?.corruptFirst).map(({ fileId }) => fileId);
  const calls = dayFaults.flatMap((fault) => ('calls' in fault ? (fault.calls ?? []) : []));
  return [
    `Day ${number} begins, at a simulated portal. Planned to go wrong, and to be dealt with:`,
    `  ${calls.join(', ')}: status 500, once each`,
    `  ${corrupted.join(', ')}: wrong bytes, once`,
    `  ${mismatchesOf(day).join(', ')}: fit nothing here, an incident each`,
  ];
}

function mismatchesOf({ scenes, ending }: Day): string[] {
  const messages = scenes.flatMap((scene) => scene.messages);
  return ending.mismatches.flatMap((id) => messages.find(({ messageId }) => messageId === id)?.messageType ?? []);
}

/** Lists the checks that passed at the end of a day, as lines. */
export function checkedLines({ day: { ending, scenes }, results }: Pick<Stage, 'day' | 'results'>): string[] {
  const messages = scenes.flatMap((scene) => scene.messages).length;
  return [
    'The day went exactly as expected.',
    'Checked, here and at the portal:',
    `  ${messages} messages marked, the revocation before the long delivery that it overtook`,
    `  ${ending.projects.length} projects and ${ending.users.length} accesses, with their credentials as the portal got them`,
    '  a researcher signed in with the password that the portal got, and shut out by the revocation',
    `  ${ending.files.length} files in S3 by their MD5, ${ending.returned.length} returned, ${results.length} result sent; what was deleted is gone`,
    `  ${ending.mismatches.length} incidents, as planned`,
  ];
}

/** Lists the commands that show a running gateway, as lines. */
export function lookLines(where: Target, projectNo: string): string[] {
  const commands = [['status'], ['incidents'], ['messages', '--project', projectNo], ['files', '--project', projectNo]];
  return [
    ...commands.map((command) => commandLine(where, command)),
    commandLine(where, ['history'], `project#${projectNo}`),
  ];
}
