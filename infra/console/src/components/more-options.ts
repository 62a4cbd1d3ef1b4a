import type { MultiselectProps } from '@cloudscape-design/components/multiselect';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';

/** Options of a field that offers a list of the API page by page: the next one comes when somebody has scrolled to the end. */
export type MoreOptions = Required<Pick<MultiselectProps, 'statusType' | 'onLoadItems'>>;

export const moreOf = <Page>(query: UseInfiniteQueryResult<InfiniteData<Page>>): MoreOptions => ({
  statusType: query.isFetching ? 'loading' : query.hasNextPage ? 'pending' : 'finished',
  onLoadItems() {
    if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
  },
});
