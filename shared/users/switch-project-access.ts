import { done, type Effect, mismatch, missing, type Plan, type Turn } from '../messages/effect.ts';
import { accessSubject } from '../messages/lines.ts';
import { supersedeWrites } from '../messages/supersede.ts';
import type { HistoryEvent } from '../operations/history.ts';
import { readUser, type UserRow, userUpdate } from './user.ts';
import { isMadeAnew, waitsForCreation } from './waits-for-creation.ts';

/** EnableProjectAccess: a disabled access may be used again. */
export function enableProjectAccess(tables: { users: string }): Effect<'EnableProjectAccess'> {
  return {
    type: 'EnableProjectAccess',
    async plan({ bridge, data: { accessIdentifier } }: Turn<'EnableProjectAccess'>): Promise<Plan> {
      const user = await readUser(bridge.db, tables.users, accessIdentifier);
      if (!user) return missing(`access ${accessIdentifier}`, accessSubject(accessIdentifier));
      if (user.enabled) return mismatch(`access ${accessIdentifier} disabled`, 'it is enabled');
      const history = {
        subject: accessSubject(accessIdentifier),
        sequence: user.version + 1,
        projectNo: user.projectNo,
      };
      return done([userUpdate(tables.users, user, { enabled: true })], [{ ...history, event: 'enabled' }]);
    },
  };
}

/** DisableProjectAccess: an access may not be used until further notice. An older message that still would enable it is moot. */
export function disableProjectAccess(tables: { users: string }): Effect<'DisableProjectAccess'> {
  return {
    type: 'DisableProjectAccess',
    async plan(turn: Turn<'DisableProjectAccess'>): Promise<Plan> {
      const { bridge, record, older } = turn;
      const { accessIdentifier } = turn.data;
      const subject = accessSubject(accessIdentifier);
      const enablings = older.filter((entry) => entry.type === 'EnableProjectAccess' && entry.subject === subject);
      // Before the access: one that takes effect at this moment is found moot, or its effect is seen.
      const moot = await supersedeWrites(bridge, record, enablings);
      const user = await readUser(bridge.db, tables.users, accessIdentifier);
      if (!user) return waitsForCreation(turn) ?? missing(`access ${accessIdentifier}`, subject);
      const state = isMadeAnew(turn) ? 'applying' : 'done';
      // Disabled it is, and an enabling that a person held up never happens.
      if (!user.enabled && (moot.length > 0 || state === 'applying')) {
        return { kind: 'commit', state, writes: moot, history: [] };
      }
      if (!user.enabled) return mismatch(`access ${accessIdentifier} enabled`, 'it is disabled');
      return { kind: 'commit', state, writes: [...moot, ...disabling(tables, user)], history: [disabled(user)] };
    },

    /** The access that was disabled is deleted and made anew: the new one is disabled, too. */
    async proceed(turn: Turn<'DisableProjectAccess'>): Promise<Plan> {
      const wait = waitsForCreation(turn);
      if (wait) return wait;
      const user = await readUser(turn.bridge.db, tables.users, turn.data.accessIdentifier);
      return user?.enabled ? done(disabling(tables, user), [disabled(user)]) : done([], []);
    },
  };
}

const disabling = (tables: { users: string }, user: UserRow) => [userUpdate(tables.users, user, { enabled: false })];

const disabled = ({ accessIdentifier, version, projectNo }: UserRow): HistoryEvent => ({
  subject: accessSubject(accessIdentifier),
  sequence: version + 1,
  event: 'disabled',
  projectNo,
});
