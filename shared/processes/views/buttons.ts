import * as z from 'zod';
import type { ProcessFacts } from '../machine/facts.ts';
import { codeOf, isUnderWay, type Status } from '../machine/status.ts';
import { openSteps } from '../machine/step.ts';
import type { Parties } from '../parties.ts';

/** The request that a button stands for. */
export const buttonData = z.object({
  type: z.enum(['deleteProcess', 'forwardStatus', 'backstepStatus']),
  targetStatus: z.string().optional().describe('Name of the status to step to'),
});

export type ButtonData = z.infer<typeof buttonData>;

export const buttonView = z.object({
  title: z.string(),
  icon: z.string(),
  iconPosition: z.enum(['left', 'right']),
  action: z.object({ type: z.literal('request'), data: buttonData }),
  active: z.boolean(),
  buttonVariant: z.enum(['primary', 'secondary']),
  showIn: z.enum(['project', 'process', 'both']),
});

type Button = z.input<typeof buttonView>;

/** Words on the button of a step, by the status that the step leads to. */
const titles: Partial<Record<Status, string>> = {
  VERIFYING: 'Verify',
  REQUESTED: 'Send to the contractor',
  CLARIFICATION: 'Ask the client',
  CONFIRMED_BY_CONTRACTOR: 'Make an offer',
  REJECTED_BY_CONTRACTOR: 'Reject the order',
  CONFIRMED_BY_CLIENT: 'Accept the offer',
  REJECTED_BY_CLIENT: 'Reject the offer',
  PRODUCTION: 'Begin',
  DELIVERY: 'Deliver',
  COMPLETED: 'Complete',
  FAILED: 'Report as failed',
  DISPUTE: 'Object to the delivery',
};

/** Buttons that a party has now: steps back first, then steps forward, then deletion. */
export function buttonsFor(facts: ProcessFacts, parties: Parties): Button[] {
  const steps = openSteps(facts, parties).map(({ transition: { from, to }, missing }) => {
    const isBack = codeOf(to) < codeOf(from) && titles[to] === undefined;
    return {
      isBack,
      button: isBack
        ? button('Back', 'ArrowBack', { type: 'backstepStatus', targetStatus: to })
        : button(titles[to] ?? to, 'ArrowForward', { type: 'forwardStatus', targetStatus: to }, missing.length === 0),
    };
  });
  const mayDelete = parties.has('client') && !isUnderWay(facts.status);
  return [
    ...steps.filter(({ isBack }) => isBack).map((step) => step.button),
    ...steps.filter(({ isBack }) => !isBack).map((step) => step.button),
    ...(mayDelete ? [button('Delete', 'Delete', { type: 'deleteProcess' })] : []),
  ];
}

const button = (title: string, icon: string, data: ButtonData, active = true): Button => ({
  title,
  icon,
  iconPosition: data.type === 'forwardStatus' ? 'right' : 'left',
  action: { type: 'request', data },
  active,
  buttonVariant: data.type === 'forwardStatus' ? 'primary' : 'secondary',
  showIn: 'both',
});
