import type { MessageType } from '../../shared/portal/message-schema.ts';
import type { World } from './world.ts';

export type Step = [type: MessageType, data: object];

export const create = (projectNo: string): Step => ['CreateProject', { projectNo }];
export const remove = (projectNo: string): Step => ['DeleteProject', { projectNo }];
export const grant = (projectNo: string, accessIdentifier: string): Step => [
  'CreateProjectAccess',
  { projectNo, accessIdentifier },
];
export const revoke = (accessIdentifier: string): Step => ['DeleteProjectAccess', { accessIdentifier }];
export const disable = (accessIdentifier: string): Step => ['DisableProjectAccess', { accessIdentifier }];
export const enable = (accessIdentifier: string): Step => ['EnableProjectAccess', { accessIdentifier }];
export const reset = (accessIdentifier: string): Step => ['ResetPassword', { accessIdentifier }];

/** Puts messages at the end of the portal's list. @returns their ids: `m-1` and so on */
export async function send({ portal }: World, ...steps: Step[]): Promise<string[]> {
  const sent = (await portal.snapshot()).messages.length;
  return portal.sendMany(
    steps.map(([messageType, data], index) => ({ messageType, data, messageId: `m-${sent + index + 1}` })),
  );
}

/** Sends messages and has them done as far as that goes. @returns their ids */
export async function play(world: World, ...steps: Step[]): Promise<string[]> {
  const ids = await send(world, ...steps);
  await world.run();
  return ids;
}
