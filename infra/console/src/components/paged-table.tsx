import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { type InfiniteData, type UseInfiniteQueryResult, useIsFetching } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.ts';
import { Empty } from './empty.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { pageParameter, useShownPage } from './use-shown-page.ts';

interface Props<Page, Item> {
  title: string;
  query: UseInfiniteQueryResult<InfiniteData<Page>>;
  itemsOf: (page: Page) => readonly Item[];
  idOf: (item: Item) => string;
  columns: readonly TableProps.ColumnDefinition<Item>[];
  /** Text in place of an empty list: its meaning, and what to do. */
  empty: string;
  variant?: 'h1' | 'h2';
  /** The address's parameter for the page that is shown, where another list has `page`. */
  parameter?: string;
  filter?: ReactNode;
  /** Buttons beside the one that reads anew. */
  actions?: ReactNode;
}

/** A list of which one page is shown at a time, however long the list is. */
export function PagedTable<Page, Item>(props: Props<Page, Item>) {
  const { title, query, itemsOf, idOf, columns, empty, filter, actions, variant = 'h2' } = props;
  const { parameter = pageParameter } = props;
  const { common } = useTexts();
  const { data, error, hasNextPage, refetch } = query;
  const pages = data?.pages ?? [];
  const [shown, turnTo] = useShownPage(query, parameter);
  const page = error ? undefined : pages[(shown ?? 0) - 1];
  return (
    <Table
      variant="container"
      loading={page === undefined && !error}
      loadingText={common.loading}
      items={page === undefined ? [] : itemsOf(page)}
      trackBy={idOf}
      columnDefinitions={columns}
      wrapLines
      // In place of the rows: the filter stays, which may be what is refused.
      empty={error ? <ErrorAlert error={error} onRetry={refetch} /> : <Empty text={empty} />}
      header={
        <Header
          variant={variant}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <ReloadButton onReload={refetch} />
              {actions}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
      {...(filter !== undefined && { filter })}
      {...(shown !== undefined &&
        !error &&
        (hasNextPage || pages.length > 1) && {
          pagination: (
            <Pagination
              currentPageIndex={shown}
              pagesCount={pages.length}
              openEnd={hasNextPage}
              onChange={({ detail }) => turnTo(detail.currentPageIndex)}
            />
          ),
        })}
    />
  );
}

/** Turns while something is read. It knows by itself, so that the list is not drawn anew when a reading begins and ends. */
function ReloadButton({ onReload }: { onReload: () => unknown }) {
  const { common } = useTexts();
  const isReading = useIsFetching() > 0;
  return <Button iconName="refresh" ariaLabel={common.reload} loading={isReading} onClick={() => void onReload()} />;
}
