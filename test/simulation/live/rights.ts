import type { AccountRow } from '../../../shared/accounts/account.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Item } from '../expressions.ts';

// The rights of accounts, worked out from the tables once more, by rules of its own.

/** The rights of an account from a moment on. */
export interface Right {
  /** Milliseconds since 1970. */
  at: number;
  audiences: ReadonlySet<string>;
  generation: string | undefined;
}

/** Accounts that may see a subject. */
export function audienceOf(subject: string, projectNo: unknown): string[] {
  const [kind = ''] = subject.split('#', 1);
  if (kind === 'account') return ['admins', subject];
  if (kind === 'project') return ['operators', subject];
  if ((kind === 'access' || kind === 'file') && typeof projectNo === 'string')
    return ['operators', `project#${projectNo}`];
  return ['operators'];
}

/** The rights of each account over time. */
export class Rights {
  /** Told of an account whose tokens have ended. */
  onEnded: (account: string) => void = () => {};
  readonly #history = new Map<string, Right[]>();

  /** Notes the rights of all accounts as the tables have them now. */
  note(now: number, accounts: readonly Item[], users: readonly Item[]): void {
    const rows = new Map(accounts.map((row) => [String(row.account), row as unknown as AccountRow]));
    for (const name of new Set([...rows.keys(), ...this.#history.keys()])) {
      const row = rows.get(name);
      const [before, after] = [
        this.#history.get(name)?.at(-1),
        rightOf(now, row, users as readonly unknown[] as UserRow[]),
      ];
      if (before && isSame(before, after)) continue;
      this.#history.set(name, [...(this.#history.get(name) ?? []), after]);
      if (before && before.generation !== after.generation) this.onEnded(name);
    }
  }

  current(account: string): Right | undefined {
    return this.#history.get(account)?.at(-1);
  }

  /** Since when an account has been without a right to see an audience by a token; nothing while it has it. */
  withoutSince(account: string, generation: string, audience: readonly string[]): number | undefined {
    let since: number | undefined;
    for (const right of this.#history.get(account) ?? []) {
      const has = right.generation === generation && audience.some((one) => right.audiences.has(one));
      since = has ? undefined : (since ?? right.at);
    }
    return since;
  }

  /** Whether an account could see an audience all the time, at some time, or never between two moments. */
  between(account: string, audience: readonly string[], from: number, to: number): 'always' | 'sometimes' | 'never' {
    const history = this.#history.get(account) ?? [];
    const within = history.filter(({ at }, index) => at <= to && (history[index + 1]?.at ?? Infinity) >= from);
    const could = within.map(({ audiences }) => audience.some((one) => audiences.has(one)));
    if (could.length === 0 || !could.includes(true)) return 'never';
    return could.includes(false) ? 'sometimes' : 'always';
  }
}

function rightOf(at: number, row: AccountRow | undefined, users: readonly UserRow[]): Right {
  const { generation } = row ?? {};
  if (!row || row.blockLogin || row.accessDisabled) return { at, audiences: new Set(), generation };
  const access = users.find(({ accessIdentifier }) => accessIdentifier === row.accessIdentifier);
  const audiences = new Set([`account#${row.account}`]);
  if (row.permissions.includes('operator')) audiences.add('operators');
  if (row.permissions.includes('admin')) audiences.add('admins');
  if (access?.enabled) audiences.add(`project#${access.projectNo}`);
  return { at, audiences, generation };
}

const isSame = (one: Right, other: Right): boolean =>
  one.generation === other.generation && one.audiences.symmetricDifference(other.audiences).size === 0;
