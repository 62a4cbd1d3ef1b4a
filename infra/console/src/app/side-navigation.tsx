import { useId } from 'react';
import { Link } from 'react-router';
import { useTexts } from '../texts/texts.ts';
import { addressOf, type Page } from './navigation.ts';

interface Props {
  /** Those that the account may open. */
  pages: readonly Page[];
  pathname: string;
}

/** Links to the pages, by group. Without those that only links of other pages lead to. */
export function SideNavigation({ pages, pathname }: Props) {
  const linked = pages.filter(({ group }) => group !== undefined);
  const addresses = linked.map(({ path }) => addressOf(path));
  const active = addresses.findLast((address) => pathname === address || pathname.startsWith(`${address}/`));
  return [...Map.groupBy(linked, ({ group = 'top' }) => group)].map(([group, members]) => (
    <Group key={group} group={group} members={members} active={active} />
  ));
}

interface GroupProps {
  group: NonNullable<Page['group']>;
  members: readonly Page[];
  /** Address of the page that is shown, or that the shown page is below. */
  active: string | undefined;
}

function Group({ group, members, active }: GroupProps) {
  const { pages: names } = useTexts();
  const id = useId();
  return (
    <>
      {group !== 'top' && <span id={id}>{names.groups[group]}</span>}
      <ul aria-labelledby={group === 'top' ? undefined : id}>
        {members.map(({ path, name }) => (
          <li key={path}>
            <Link to={addressOf(path)} aria-current={addressOf(path) === active ? 'page' : undefined}>
              {names[name]}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
