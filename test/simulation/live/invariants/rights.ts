import type { Process } from '../../calls.ts';
import { eventIn, type LoggedPush, type Owner } from '../notes.ts';
import type { ServerConnection } from '../websocket-api.ts';
import type { LiveWorld } from '../world.ts';

/** Milliseconds that a push may take from the question who may have it to the connection; a slow call takes twelve seconds a way. */
const [longestPush, longestSlowPush] = [5_000, 60_000];

/** Posts of functions to connections: nothing that an account may not see any more, and to old clients nothing twice. */
export class PostedPushes {
  readonly #world: LiveWorld;
  /** When each process began to read an account's row last. */
  readonly #reads = new WeakMap<Process<undefined>, Map<string, number>>();
  readonly #posted = new Map<string, Set<string>>();

  constructor(world: LiveWorld) {
    this.#world = world;
  }

  noteRead(process: Process<undefined>, account: string): void {
    const reads = this.#reads.get(process) ?? new Map<string, number>();
    this.#reads.set(process, reads.set(account, this.#world.scheduler.now));
  }

  violationOf(connection: ServerConnection, text: string, process: Process<undefined>): string | undefined {
    const message = JSON.parse(text);
    const owner = this.#world.notes.owners.get(connection.connectionId);
    if (!owner)
      return message.event || message.incident ? `a push to ${connection.connectionId}, which is nobody's` : undefined;
    if (message.action === 'offset') return this.#violationOfOffset(connection, owner, message.offset);
    if (message.action !== 'event' && message.action !== 'incident') return undefined;
    const audience = audienceOfPush(this.#world, eventIn(text));
    return (
      this.#violationOfRight(connection, owner, audience, text, process) ?? this.#violationOfDouble(connection, message)
    );
  }

  #violationOfRight(
    { connectionId }: ServerConnection,
    owner: Owner,
    audience: readonly string[],
    text: string,
    process: Process<undefined>,
  ): string | undefined {
    const { rights, notes, scheduler, faults } = this.#world;
    const endedAt = notes.endedSessions.get(owner.sessionId);
    const since = rights.withoutSince(owner.account, owner.generation, audience) ?? endedAt;
    if (since === undefined) return undefined;
    const readAt = this.#reads.get(process)?.get(owner.account);
    const mayBeSlow = 'slow request' in faults.counts || 'slow answer' in faults.counts;
    const isLate = scheduler.now > since + (mayBeSlow ? longestSlowPush : longestPush);
    // A session that ends is no change of the account's row.
    const isKnown = endedAt === undefined && (readAt === undefined || readAt > since);
    if (!isKnown && !isLate) return undefined;
    return `${process.name} pushes to ${connectionId} of ${owner.account} what it may not see since ${this.#world.secondsAt(since)} s: ${text}`;
  }

  /** Clients without offsets cannot drop what comes twice. */
  #violationOfDouble({ connectionId }: ServerConnection, { push, event }: Record<string, unknown>): string | undefined {
    const { faults } = this.#world;
    if (push === true || !event || 'sent twice' in faults.counts) return undefined;
    const posted = this.#posted.get(connectionId) ?? new Set<string>();
    this.#posted.set(connectionId, posted);
    const text = JSON.stringify(event);
    if (posted.has(text)) return `${connectionId} gets twice: ${text}`;
    posted.add(text);
    return undefined;
  }

  #violationOfOffset({ connectionId, client }: ServerConnection, owner: Owner, offset: number): string | undefined {
    const { notes, rights, scheduler, clients } = this.#world;
    clients.find(({ name }) => name === client)?.passedOver.add(offset);
    const push = notes.logs.get(owner.account)?.get(offset);
    if (!push) return `${connectionId} is told of the offset ${offset}, which the log does not have`;
    const audience = pushAudience(this.#world, push);
    const isCurrent = rights.withoutSince(owner.account, owner.generation, audience) === undefined;
    return isCurrent && rights.between(owner.account, audience, push.at - longestSlowPush, scheduler.now) === 'always'
      ? `${connectionId} of ${owner.account} gets an offset in place of ${push.eventId}`
      : undefined;
  }
}

function audienceOfPush({ notes }: LiveWorld, event: ReturnType<typeof eventIn>): readonly string[] {
  const news = event && notes.news.get(`${event.subject}#${event.sequence}`);
  return news?.audience ?? ['operators'];
}

const pushAudience = ({ notes }: LiveWorld, { eventId }: LoggedPush): readonly string[] =>
  notes.news.get(eventId ?? '')?.audience ?? ['operators'];

/** A push that is put into the log of an account that could never see it. */
export function violationOfLogging(world: LiveWorld, push: LoggedPush): string | undefined {
  const { rights, notes } = world;
  const committedAt = notes.news.get(push.eventId ?? '')?.committedAt ?? push.at - longestSlowPush;
  return rights.between(push.account, pushAudience(world, push), committedAt, push.at) === 'never'
    ? `the log of ${push.account} gets ${push.eventId}, which the account may not see`
    : undefined;
}
