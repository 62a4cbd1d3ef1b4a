import { beforeAll } from 'vitest';
import type { MessageContext } from '../../shared/messages/context.ts';
import { type Services, useServices } from './services.ts';
import { createWorld, type World } from './world.ts';

/** Starts the embedded services for the tests of a file. @returns makes a world of its own for a test */
export function useWorlds(): (settings?: Partial<MessageContext['settings']>) => Promise<World> {
  let services: Services;
  beforeAll(async () => {
    services = await useServices();
  });
  return (settings) => createWorld(services, settings);
}
