import type { MessageType } from '../../shared/portal/message-schema.ts';
import type { Random } from './random.ts';
import type { Settings } from './simulated-gateway.ts';

/** Types that wait for a person to approve of them. */
const approvals: readonly MessageType[][] = [[], [], [], [], ['DeleteProject'], ['ResetPassword', 'DataDeliveryReady']];

/** Settings that a deployment changes. */
export const drawDeploy = (random: Random): Partial<Settings> =>
  random.pick([
    { passwordKey: '1' },
    { passwordKey: '2' },
    { passwordKey: '2' },
    { taskAboveBytes: 10 },
    { taskAboveBytes: 2 ** 40 },
    { holdTypes: random.pick(approvals) },
  ]);

/** Mostly settings with which a machine gets over everything by itself, and nobody is needed. */
export function drawSettings(random: Random): Settings {
  const patient = {
    maxAttempts: 50,
    mismatchesPerHour: 1_000,
    holdMismatchesOf: [],
    holdTypes: random.fork('approvals').pick(approvals),
    passwordKey: '1',
    checksumTries: 50,
    copyTime: random.fork('copies').pick([900_000, 900_000, 120_000, 25_000]),
    taskAboveBytes: random.fork('tasks').pick([2 ** 40, 2 ** 40, 10]),
    chunksInFlight: random.fork('copies').pick([3, 4, 6, 12]),
  };
  if (random.chance(0.7)) return patient;
  return {
    ...patient,
    maxAttempts: random.pick([1, 3, 50]),
    mismatchesPerHour: random.pick([2, 1_000]),
    holdMismatchesOf: random.pick([[], ['EnableProjectAccess']]),
    checksumTries: random.pick([1, 2, 50]),
  };
}
