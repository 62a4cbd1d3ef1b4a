import { copies } from './copies.ts';
import { files } from './files.ts';
import { handling } from './handling.ts';
import { listing } from './listing.ts';
import { live } from './live.ts';
import type { Mutation } from './mutation.ts';
import { operations } from './operations.ts';
import { order } from './order.ts';
import { platform } from './platform.ts';
import { polling } from './polling.ts';
import { projects } from './projects.ts';
import { results } from './results.ts';
import { tasks } from './tasks.ts';
import { transfers } from './transfers.ts';
import { users } from './users.ts';
import { waiting } from './waiting.ts';
import { workspaces } from './workspaces.ts';

/** Errors that somebody might make, each of which the simulation has to find. */
export const mutations: readonly Mutation[] = [
  ...polling,
  ...order,
  ...listing,
  ...handling,
  ...platform,
  ...users,
  ...projects,
  ...files,
  ...copies,
  ...results,
  ...tasks,
  ...transfers,
  ...waiting,
  ...operations,
  ...workspaces,
  ...live,
];
