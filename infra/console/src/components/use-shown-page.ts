import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

/** The address's parameter for the page of its list. */
export const pageParameter = 'page';

/** State of an address that shows the same place of the same page. */
export const staysInPlace = 'stays in place';

/**
 * The page of a list to draw: the one that the address names or, where the list is shorter, the last one. What was drawn stays until
 * the page has come, which is drawn once: drawing a hundred rows twice would halt somebody who scrolls already.
 *
 * @returns the page, undefined until there is one, and what turns to another one
 */
export function useShownPage<Page>(
  { data, error, hasNextPage, fetchNextPage, isPlaceholderData }: UseInfiniteQueryResult<InfiniteData<Page>>,
  parameter: string,
): [number | undefined, (page: number) => void] {
  const [wanted, turn] = usePageNumber(parameter);
  const [drawn, setDrawn] = useState<number>();
  const count = data && !isPlaceholderData ? data.pages.length : 0;
  const isBeyond = count > 0 && wanted > count;
  const shown = count === 0 || (isBeyond && hasNextPage) ? drawn : Math.min(wanted, count);
  if (shown !== drawn) setDrawn(shown);

  const isToRead = isBeyond && hasNextPage && !error;
  useEffect(() => {
    if (!isToRead) return undefined;
    let isOver = false;
    const read = async () => {
      while (!isOver) {
        // Where the list is read anew already, this waits for it.
        const next = await fetchNextPage({ cancelRefetch: false });
        isOver ||= next.isError || !next.hasNextPage || (next.data?.pages.length ?? 0) >= wanted;
      }
    };
    void read();
    return () => {
      isOver = true;
    };
  }, [isToRead, wanted, fetchNextPage]);

  const isTooFar = isBeyond && !hasNextPage;
  useEffect(() => {
    if (isTooFar) turn(count, { replace: true });
  }, [isTooFar, count, turn]);

  return [shown, (page) => page !== wanted && turn(page)];
}

type Turn = (page: number, how?: { replace?: boolean }) => void;

/** The number of a page that the address names, and what changes it, as a step of the browser's history. */
function usePageNumber(parameter: string): [number, Turn] {
  const [parameters, setParameters] = useSearchParams();
  const turn: Turn = useCallback(
    (page, { replace = false } = {}) =>
      setParameters(
        (before) => {
          if (page === 1) before.delete(parameter);
          else before.set(parameter, String(page));
          return before;
        },
        { replace, state: staysInPlace },
      ),
    [parameter, setParameters],
  );
  const text = parameters.get(parameter) ?? '';
  return [/^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1, turn];
}
