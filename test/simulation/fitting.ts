import type { MessageContent } from '../../shared/portal/message-schema.ts';

export type AccessKind = 'create' | 'delete' | 'disable' | 'enable' | 'reset';
export type ProjectKind = 'createProject' | 'deleteProject';

/** State of projects and accesses according to the messages so far, for messages that fit. */
export class Fitting {
  readonly #projects = new Set<string>();
  /** Accesses, and whether they are enabled. */
  readonly #accesses = new Map<string, { projectNo: string; enabled: boolean }>();

  /** Substitute for a kind of message that would not fit. */
  instead(kind: AccessKind | ProjectKind, projectNo: string, accessIdentifier: string): AccessKind | ProjectKind {
    if (!this.#projects.has(projectNo)) return 'createProject';
    if (kind === 'deleteProject') return kind;
    const access = this.#accesses.get(accessIdentifier);
    if (!access) return 'create';
    if (kind === 'createProject' || kind === 'create') return 'reset';
    if (kind === 'enable' || kind === 'disable') return access.enabled ? 'disable' : 'enable';
    return kind;
  }

  hasProject(projectNo: string): boolean {
    return this.#projects.has(projectNo);
  }

  /** The accesses of a project by now. */
  accessesOf(projectNo: string): string[] {
    return [...this.#accesses].flatMap(([access, of]) => (of.projectNo === projectNo ? [access] : []));
  }

  /** Learns from what is sent. */
  note({ type, data }: MessageContent): void {
    if (type === 'CreateProject') this.#projects.add(data.projectNo);
    if (type === 'DeleteProject') {
      this.#projects.delete(data.projectNo);
      for (const [access, { projectNo }] of this.#accesses) {
        if (projectNo === data.projectNo) this.#accesses.delete(access);
      }
    }
    if (
      type === 'CreateProjectAccess' &&
      this.#projects.has(data.projectNo) &&
      !this.#accesses.has(data.accessIdentifier)
    ) {
      this.#accesses.set(data.accessIdentifier, { projectNo: data.projectNo, enabled: true });
    }
    if (!('accessIdentifier' in data)) return;
    if (type === 'DeleteProjectAccess') this.#accesses.delete(data.accessIdentifier);
    const access = this.#accesses.get(data.accessIdentifier);
    if (access && type === 'EnableProjectAccess') access.enabled = true;
    if (access && type === 'DisableProjectAccess') access.enabled = false;
  }
}
