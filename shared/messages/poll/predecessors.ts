import type { MessageType } from '../../portal/message-schema.ts';
import type { LineEntry, Reference } from '../record.ts';
import { projectSubject } from '../subject.ts';

/** The attributes of a message that decide its line and the messages that it follows. */
export interface About {
  type: MessageType;
  /** The project number in the message. */
  projectNo?: string | undefined;
  /** The access or the files that it is about, from `sharedSubjects`. */
  subjects: readonly string[];
}

/** Projects of subjects according to the tables; undefined for subjects that were looked up and do not exist. */
export type StoredProjects = ReadonlyMap<string, string | undefined>;

/** The known history of an access or a file. */
interface Trail {
  /** Its project, once all messages so far have taken effect. */
  owner: string | undefined;
  /** Position of the message that assigned it to the owner; '' if the tables did. */
  since: string;
  /** The deletion of the project that it belonged to. */
  deletion: Reference | undefined;
  /** Whether the owner was looked up in the tables. */
  isLookedUp: boolean;
  /** The latest message about it in each line. */
  readonly latest: Map<string, Reference>;
}

/**
 * Most older messages that a message records as followed. A delivery of files that all come from other lines could follow
 * thousands.
 */
export const maxFollowed = 100;

/**
 * Remembers, in the order of the portal, which messages are about an access or a file and are not known to be done: those of a
 * list, and before them those that polls before took in. Tells to which line a message belongs, and what it comes after.
 */
export class Predecessors {
  readonly #trails = new Map<string, Trail>();
  /** The last deletion of each project. */
  readonly #deletions = new Map<string, Reference>();
  /** Subjects that have messages in a line and in other lines, by line. */
  readonly #shared = new Map<string, Set<string>>();

  /** Subjects of messages to come whose projects by the tables decide about their lines, or about what they follow. */
  toLookUp(messages: Iterable<About>): Set<string> {
    const seen = new Set<string>();
    const wanted = new Set<string>();
    let deletes = this.#deletions.size > 0;
    for (const { type, projectNo, subjects } of messages) {
      deletes ||= type === 'DeleteProject';
      for (const subject of subjects) {
        const isMoved = deletes || seen.has(subject) || this.#trails.has(subject);
        if (projectNo === undefined || isMoved) wanted.add(subject);
        seen.add(subject);
      }
    }
    return wanted;
  }

  /**
   * The line of a message, which is its project's when that is known, else that of the message before it about the same access
   * or file, else one of the access's or file's own. And the latest messages of other lines about the same.
   */
  placeOf(
    { type, projectNo, subjects }: About,
    stored: StoredProjects,
  ): Pick<LineEntry, 'line' | 'follows' | 'creates' | 'anew'> {
    const trails = subjects.map((subject) => this.#trailOf(subject, stored));
    for (const trail of trails) this.#forgetDeleted(trail);
    const line =
      projectNo === undefined ? this.#lineOf(subjects[0] ?? '', trails[0], stored) : projectSubject(projectNo);
    const older = new Map<string, Reference>();
    const moved = type === 'DeleteProject' ? this.#movedTo(line, projectNo) : [];
    for (const trail of [...trails, ...moved]) {
      for (const each of trail?.latest.values() ?? []) older.set(each.messageId, each);
      if (trail?.deletion) older.set(trail.deletion.messageId, trail.deletion);
    }
    const follows = [...older.values()]
      .filter((each) => each.line !== line)
      .sort((a, b) => (a.position < b.position ? -1 : 1))
      .slice(-maxFollowed);
    const creates = type === 'DataDeliveryReady' ? subjects.filter((_, index) => trails[index]?.latest.size) : [];
    const isAnew = type === 'CreateProjectAccess' && trails[0] !== undefined && trails[0].owner === undefined;
    return {
      line,
      ...(follows.length > 0 ? { follows } : {}),
      ...(creates.length > 0 ? { creates: creates.slice(0, maxFollowed) } : {}),
      ...(isAnew ? { anew: true } : {}),
    };
  }

  /** Records the line and position of a message. */
  note({ type, projectNo, subjects }: About, place: Reference, stored: StoredProjects): void {
    if (type === 'DeleteProject' && projectNo !== undefined) this.#deletions.set(projectNo, place);
    for (const subject of subjects) {
      const trail = this.#trailOf(subject, stored) ?? newTrail();
      this.#trails.set(subject, trail);
      this.#forgetDeleted(trail);
      if (type === 'CreateProjectAccess' || type === 'DataDeliveryReady') {
        // A subject that belongs to another project does not fit and changes nothing.
        if (trail.owner === undefined) Object.assign(trail, { owner: projectNo, since: place.position });
      } else if (type === 'DeleteProjectAccess' || type === 'DeleteDataFile') {
        Object.assign(trail, { owner: undefined, isLookedUp: true });
      }
      trail.latest.set(place.line, place);
      if (trail.latest.size > 1) for (const line of trail.latest.keys()) this.#share(line, subject);
    }
  }

  #trailOf(subject: string, stored: StoredProjects): Trail | undefined {
    const trail = this.#trails.get(subject);
    if (!stored.has(subject) || trail?.isLookedUp) return trail;
    const project = stored.get(subject);
    if (!trail) {
      if (project === undefined) return undefined;
      const known = { ...newTrail(), owner: project, isLookedUp: true };
      this.#trails.set(subject, known);
      return known;
    }
    // The tables have the subject, so the message that was to create it did not fit.
    if (project !== undefined) Object.assign(trail, { owner: project, since: '' });
    trail.isLookedUp = true;
    return trail;
  }

  #lineOf(subject: string, trail: Trail | undefined, stored: StoredProjects): string {
    const project = stored.get(subject);
    if (!trail) return project === undefined ? subject : projectSubject(project);
    if (trail.owner !== undefined) return projectSubject(trail.owner);
    const last = [...trail.latest.values()].sort((a, b) => (a.position < b.position ? -1 : 1)).at(-1);
    return last?.line ?? (project === undefined ? subject : projectSubject(project));
  }

  /** Subjects that belong to a project and have messages in other lines. */
  #movedTo(line: string, projectNo: string | undefined): Trail[] {
    const trails = [...(this.#shared.get(line) ?? [])].flatMap((subject) => this.#trails.get(subject) ?? []);
    return trails.filter((trail) => {
      this.#forgetDeleted(trail);
      return trail.owner === projectNo;
    });
  }

  /** A subject of a deleted project belongs to no project. */
  #forgetDeleted(trail: Trail | undefined): void {
    if (trail?.owner === undefined) return;
    const deletion = this.#deletions.get(trail.owner);
    if (deletion && deletion.position > trail.since) Object.assign(trail, { owner: undefined, deletion });
  }

  #share(line: string, subject: string): void {
    const shared = this.#shared.get(line);
    if (shared) shared.add(subject);
    else this.#shared.set(line, new Set([subject]));
  }
}

const newTrail = (): Trail => ({
  owner: undefined,
  since: '',
  deletion: undefined,
  isLookedUp: false,
  latest: new Map(),
});
