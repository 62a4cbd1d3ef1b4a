import type { Simulate } from './schedule-result.ts';

/** The worlds to play: the bridge to the portal, the same with people who use workspaces, and the WebSocket API. Loaded when they are wanted. */
export const worlds = {
  bridge: async (): Promise<Simulate> => (await import('./world.ts')).simulate,
  workspaces: async (): Promise<Simulate> => (await import('./world.ts')).simulateWorkspaces,
  live: async (): Promise<Simulate> => (await import('./live/world.ts')).simulate,
} as const;

export type WorldName = keyof typeof worlds;

export const isWorldName = (name: string): name is WorldName => Object.hasOwn(worlds, name);
