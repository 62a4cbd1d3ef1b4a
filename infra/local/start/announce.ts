import { commandLine } from '../../cli/command-line.ts';
import type { Target } from '../../cli/target/find-stack.ts';
import type { PreparedScenario } from './play-scenario.ts';
import { plannedFaults, type Scenario } from './scenario.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** Lists the planned faults of a scenario, as lines. */
export function plannedLines(
  { scenario, files }: Pick<PreparedScenario, 'scenario' | 'files'>,
  { number, resumed }: Pick<ScenarioRun, 'number' | 'resumed'>,
): string[] {
  if (resumed) return [`Day ${number} goes on, at a simulated portal.`];
  const corrupted = files.filter(({ behaviour }) => behaviour?.corruptFirst).map(({ fileId }) => fileId);
  const calls = plannedFaults.flatMap((fault) => ('calls' in fault ? (fault.calls ?? []) : []));
  return [
    `Day ${number} begins, at a simulated portal. Planned to go wrong, and to be dealt with:`,
    `  ${calls.join(', ')}: status 500, once each`,
    `  ${corrupted.join(', ')}: wrong bytes, once`,
    `  ${mismatchesOf(scenario).join(', ')}: fit nothing here, an incident each`,
  ];
}

function mismatchesOf({ scenes, expectedState }: Scenario): string[] {
  const messages = scenes.flatMap((scene) => scene.messages);
  return expectedState.mismatches.flatMap(
    (id) => messages.find(({ messageId }) => messageId === id)?.messageType ?? [],
  );
}

/** Lists the checks that passed at the end of a scenario, as lines. */
export function checkedLines({
  scenario: { expectedState, scenes },
  results,
}: Pick<PreparedScenario, 'scenario' | 'results'>): string[] {
  const messages = scenes.flatMap((scene) => scene.messages).length;
  return [
    'The day went exactly as expected.',
    'Checked, here and at the portal:',
    `  ${messages} messages marked, the revocation before the long delivery that it overtook`,
    `  ${expectedState.projects.length} projects and ${expectedState.users.length} accesses, with their credentials as the portal got them`,
    '  a researcher signed in with the password that the portal got, and shut out by the revocation',
    `  ${expectedState.files.length} files in S3 by their MD5, ${expectedState.returned.length} returned, ${results.length} result sent; what was deleted is gone`,
    `  ${expectedState.mismatches.length} incidents, as planned`,
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
