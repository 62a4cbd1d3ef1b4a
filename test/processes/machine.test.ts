import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditions, type ProcessFacts } from '../../shared/processes/machine/facts.ts';
import {
  codeOf,
  isBeforeRequest,
  isEnd,
  isUnderWay,
  laterCodeOf,
  type Status,
  statusesNamed,
  statusNames,
} from '../../shared/processes/machine/status.ts';
import { automaticStep, decideStep, openSteps } from '../../shared/processes/machine/step.ts';
import { type Party, transitions } from '../../shared/processes/machine/transitions.ts';
import { drawMachine } from './draw-machine.ts';

const status = fc.constantFrom(...statusNames);
const missing = fc.array(fc.constant({ key: 'Service-x', message: 'x' }), { maxLength: 2 });

const factsOf = (each: fc.Arbitrary<Status>): fc.Arbitrary<ProcessFacts> =>
  fc.record({
    status: each,
    isOwned: fc.boolean(),
    serviceType: fc.nat(2),
    detailsMissing: missing,
    openPredecessors: fc.array(fc.constant('q'), { maxLength: 2 }),
    provisionalContractor: fc.option(fc.constant('o'), { nil: undefined }),
    contractorSuits: fc.boolean(),
    edited: fc.boolean(),
    sendAsked: fc.boolean(),
    prevented: missing,
  });

/** Facts of a process that lacks nothing. */
const complete: ProcessFacts = {
  status: 'DRAFT',
  isOwned: true,
  serviceType: 1,
  detailsMissing: [],
  openPredecessors: [],
  provisionalContractor: 'o',
  contractorSuits: true,
  edited: false,
  sendAsked: false,
  prevented: [],
};

const parties = fc
  .subarray<Party>(['client', 'contractor', 'system'], { minLength: 0 })
  .map((each) => new Set<Party>(each));

/** All automatic steps, one after the other. */
function settle(facts: ProcessFacts): { facts: ProcessFacts; steps: number } {
  let [now, steps] = [facts, 0];
  for (let next = automaticStep(now); next; next = automaticStep(now)) {
    now = { ...now, status: next.to };
    steps += 1;
    if (steps > statusNames.length) throw new Error(`The automatic steps never end: ${JSON.stringify(facts)}`);
  }
  return { facts: now, steps };
}

describe('the state machine', () => {
  it('is as drawn in the README (draw-machine.ts draws it)', () => {
    const readme = readFileSync('shared/processes/README.md', 'utf8');
    expect(readme).toContain(`\`\`\`mermaid\n${drawMachine()}\n\`\`\``);
  });

  it('reaches every status, and leaves each but the ends', () => {
    const reached = new Set<Status>(['DRAFT']);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const { from, to } of transitions) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].toSorted()).toEqual(statusNames.toSorted());
    const left = new Set(transitions.map(({ from }) => from));
    expect(statusNames.filter((each) => !left.has(each))).toEqual(statusNames.filter(isEnd));
  });

  it('lets one step lead from a status to another for a party', () => {
    const asked = transitions.filter(({ by }) => by !== 'automatic');
    const names = asked.map(({ from, to, by }) => `${from} ${to} ${by}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('comes to rest by itself, where nothing more follows', () => {
    const property = fc.property(factsOf(status), (facts) => {
      const { facts: rest } = settle(facts);
      expect(automaticStep(rest)).toBeUndefined();
      // A second request that changes nothing moves nothing.
      expect(settle({ ...rest, edited: false }).steps).toBe(0);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('rests before the request where the order is: chosen, complete, waiting or a draft', () => {
    const editable = fc.constantFrom<Status>('DRAFT', 'SERVICE_IN_PROGRESS', 'SERVICE_READY', 'CONTRACTOR_SELECTED');
    const property = fc.property(factsOf(editable), (facts) => {
      const { status: rest } = settle(facts).facts;
      const isComplete = facts.serviceType !== 0 && facts.detailsMissing.length === 0;
      if (rest === 'SERVICE_READY') expect(isComplete && facts.provisionalContractor === undefined).toBe(true);
      if (rest === 'CONTRACTOR_SELECTED') expect(isComplete && facts.provisionalContractor !== undefined).toBe(true);
      if (rest === 'SERVICE_IN_PROGRESS') expect(facts.serviceType !== 0 && !isComplete).toBe(true);
      if (rest === 'DRAFT') expect(facts.serviceType).toBe(0);
      if (rest === 'WAITING_FOR_OTHER_PROCESS') expect(facts.openPredecessors).not.toEqual([]);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('never moves an order that was sent by itself, and ends a verification with every change of the order', () => {
    const property = fc.property(factsOf(status), (facts) => {
      const { status: rest } = settle(facts).facts;
      if (!isBeforeRequest(facts.status)) expect(rest).toBe(facts.status);
      if (facts.status === 'VERIFYING' || facts.status === 'VERIFIED') {
        expect(rest === facts.status).toBe(!facts.edited);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('decides as its table says: a step with all that it needs, and else what is missing or that it is another party’s', () => {
    const property = fc.property(factsOf(status), status, parties, (facts, to, asking) => {
      const outcome = decideStep(facts, to, asking);
      const here = transitions.filter(
        (each) => each.by !== 'automatic' && each.from === facts.status && each.to === to,
      );
      const own = here.find(({ by }) => asking.has(by));
      switch (outcome.kind) {
        case 'step':
          expect(own).toEqual(outcome.transition);
          expect(outcome.transition.needs.every((name) => conditions[name](facts).length === 0)).toBe(true);
          break;
        case 'missing':
          expect(outcome.missing).not.toEqual([]);
          break;
        default:
          expect(own).toBeUndefined();
      }
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  it('says the same of a step as of its button', () => {
    const property = fc.property(factsOf(status), parties, (facts, asking) => {
      for (const { transition, missing: lacking } of openSteps(facts, asking)) {
        const { kind } = decideStep(facts, transition.to, asking);
        expect(kind).toBe(lacking.length === 0 ? 'step' : 'missing');
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('lets no walk of clients and contractors come to production without an offer that the client took', () => {
    const step = fc.record({
      facts: fc.oneof({ weight: 9, arbitrary: fc.constant(complete) }, factsOf(fc.constant<Status>('DRAFT'))),
      pick: fc.nat(),
      party: fc.constantFrom<Party>('client', 'contractor'),
    });
    let productions = 0;
    const property = fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (steps) => {
      let now: Status = 'DRAFT';
      const seen: [Status, Party][] = [];
      for (const { facts, pick, party } of steps) {
        const here: ProcessFacts = { ...facts, status: now };
        const asking = new Set<Party>([party]);
        const open = openSteps(here, asking).map(({ transition }) => transition.to);
        const outcome = decideStep(here, open[pick % open.length] ?? 'PRODUCTION', asking);
        if (outcome.kind === 'step') {
          now = outcome.transition.to;
          seen.push([now, party]);
        }
        // The system's part.
        if (now === 'VERIFYING') now = 'VERIFIED';
        now = settle({ ...here, status: now, edited: false }).facts.status;
      }
      const reached = seen.map(([each]) => each);
      if (reached.includes('PRODUCTION')) productions += 1;
      if (reached.includes('PRODUCTION')) {
        const before = seen.slice(0, reached.indexOf('PRODUCTION'));
        expect(before).toContainEqual(['CONFIRMED_BY_CONTRACTOR', 'contractor']);
        expect(before).toContainEqual(['CONFIRMED_BY_CLIENT', 'client']);
        expect(before).toContainEqual(['REQUESTED', 'client']);
      }
      if (isUnderWay(now)) expect(reached).toContain('REQUESTED');
    });
    fc.assert(property, { numRuns: 500 });
    expect(productions).toBeGreaterThan(10);
  });
});

describe('the numbers of statuses', () => {
  it('are those of the document', () => {
    expect(Object.fromEntries(statusNames.map((each) => [codeOf(each), each]))).toEqual({
      0: 'DRAFT',
      100: 'WAITING_FOR_OTHER_PROCESS',
      200: 'SERVICE_READY',
      201: 'SERVICE_IN_PROGRESS',
      202: 'SERVICE_COMPLICATION',
      300: 'CONTRACTOR_SELECTED',
      400: 'VERIFYING',
      500: 'VERIFIED',
      600: 'REQUESTED',
      700: 'CLARIFICATION',
      800: 'CONFIRMED_BY_CONTRACTOR',
      801: 'REJECTED_BY_CONTRACTOR',
      900: 'CONFIRMED_BY_CLIENT',
      901: 'REJECTED_BY_CLIENT',
      1000: 'PRODUCTION',
      1100: 'DELIVERY',
      1200: 'DISPUTE',
      1300: 'COMPLETED',
      1400: 'FAILED',
      1500: 'CANCELED',
    });
  });

  it.each<[Status, number]>([
    ['VERIFIED', 402],
    ['REQUESTED', 500],
    ['CLARIFICATION', 500],
    ['CONFIRMED_BY_CONTRACTOR', 600],
    ['PRODUCTION', 800],
    ['COMPLETED', 1100],
    ['CANCELED', 1300],
  ])('of %s is %i for later clients', (each, code) => expect(laterCodeOf(each)).toBe(code));

  it('are found by names of both generations', () => {
    expect(statusesNamed('REQUEST_COMPLETED')).toEqual(['REQUESTED', 'CLARIFICATION']);
    expect(statusesNamed('VERIFIED')).toEqual(['VERIFIED']);
    expect(statusesNamed('toString')).toEqual([]);
  });
});
