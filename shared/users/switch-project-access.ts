import { done, type Effect, mismatch, type Plan, type Turn } from '../messages/effect.ts';
import { accessSubject } from '../messages/lines.ts';
import { supersedeWrites } from '../messages/supersede.ts';
import { readUser, userUpdate } from './user.ts';
import { waitsForCreation } from './waits-for-creation.ts';

/** EnableProjectAccess: a disabled access may be used again. */
export function enableProjectAccess(tables: { users: string }): Effect<'EnableProjectAccess'> {
  return {
    type: 'EnableProjectAccess',
    async plan({ bridge, data: { accessIdentifier } }: Turn<'EnableProjectAccess'>): Promise<Plan> {
      const user = await readUser(bridge.db, tables.users, accessIdentifier);
      if (!user) return mismatch(`access ${accessIdentifier}`, 'it does not exist');
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
      const { bridge, older } = turn;
      const { accessIdentifier } = turn.data;
      const subject = accessSubject(accessIdentifier);
      const enablings = older.filter((entry) => entry.type === 'EnableProjectAccess' && entry.subject === subject);
      // Before the access: one that takes effect at this moment is found moot, or its effect is seen.
      const moot = await supersedeWrites(bridge, enablings);
      const user = await readUser(bridge.db, tables.users, accessIdentifier);
      if (!user) return waitsForCreation(turn) ?? mismatch(`access ${accessIdentifier}`, 'it does not exist');
      // Disabled it is, and an enabling that a person held up never happens.
      if (!user.enabled && moot.length > 0) return done(moot, []);
      if (!user.enabled) return mismatch(`access ${accessIdentifier} enabled`, 'it is disabled');
      return done(
        [userUpdate(tables.users, user, { enabled: false }), ...moot],
        [{ subject, sequence: user.version + 1, event: 'disabled', projectNo: user.projectNo }],
      );
    },
  };
}
