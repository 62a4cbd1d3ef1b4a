import type { Mutation } from './mutation.ts';

/** Mutants of the handling of a message. */
export const handling: readonly Mutation[] = [
  {
    name: 'mark before the effect is committed',
    file: 'messages/handle/commit.ts',
    from: '  const outcome = await transact(context.db, context.clock, [\n    ...transitionWrites(context, record, state, further, { yields: plan.yields, lacks: plan.lacks, outOfTheWay }),',
    to: '  await context.portal.markMessage(record.messageId);\n  const outcome = await transact(context.db, context.clock, [\n    ...transitionWrites(context, record, state, further, { yields: plan.yields, lacks: plan.lacks, outOfTheWay }),',
  },
  {
    name: 'take a refused commit for a committed one',
    file: 'messages/handle/commit.ts',
    from: "  if (outcome === 'refused') return unchanged(handling);\n  context.log",
    to: '  context.log',
  },
  {
    name: 'no condition on the version of a message',
    file: 'messages/transition.ts',
    from: "ConditionExpression: 'version = :read'",
    to: "ConditionExpression: 'version >= :read OR version < :read'",
  },
  {
    name: 'no lease',
    file: 'messages/handle/lease.ts',
    from: "':deadline': deadline",
    to: "':deadline': clock.now()",
  },
  {
    name: 'dispatch without dueAt',
    file: 'messages/dispatch.ts',
    from: '#state = :state AND (dueAt <= :now OR dueAt > :latest) AND',
    to: '#state = :state AND',
  },
  {
    name: 'credentials are never delivered',
    file: 'messages/handle/handle.ts',
    from: 'const isSuperseded = (await handler.deliverCredentials?.(handling)) === false;',
    to: 'const isSuperseded = false;',
  },
  {
    name: 'hold without an incident',
    file: 'messages/hold.ts',
    from: '    ...incidentWrites(context, incident),\n',
    to: '',
  },
  {
    name: 'a mismatch without an incident',
    file: 'messages/handle/mismatch.ts',
    from: '    ...incidentWrites(context, incident, { at: now }),\n',
    to: '',
  },
  {
    name: 'a failure ends the work for good',
    file: 'messages/handle/handle.ts',
    from: 'if (isFinal && !waitsForPortal) {',
    to: 'if (!isKeyRefused) {',
  },
  {
    name: 'a refused key uses attempts up',
    file: 'messages/handle/handle.ts',
    from: 'if (isFinal && !waitsForPortal) {',
    to: 'if (isFinal ? !waitsForPortal : isKeyRefused && attempts >= settings.maxAttempts) {',
  },
  {
    name: 'an outage uses attempts up',
    file: 'messages/handle/handle.ts',
    from: '(await isPortalOut(db, tables.control))',
    to: 'false',
  },
];
