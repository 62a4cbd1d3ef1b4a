import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { describeError } from '../platform/errors.ts';
import { enrolResult, type Outbox, stepFor } from './enrol.ts';
import { decodeKey } from './purge.ts';
import { isResult, readRows } from './result.ts';

/** Objects looked at together that have something to be done about. */
const atOnce = 8;

/**
 * Takes up every object of the outbox of which no news came, and removes those that were sent and are still there. Looks at
 * a page of them at a time.
 *
 * @returns how many are to be sent
 * @throws AggregateError with what failed, after all others are done
 */
export async function sweepOutbox(outbox: Outbox): Promise<number> {
  let enrolled = 0;
  const failures: unknown[] = [];
  for await (const keys of unsettledKeys(outbox)) {
    await forEachConcurrently(keys, atOnce, async (key) => {
      try {
        if (await enrolResult(outbox, key)) enrolled += 1;
      } catch (error) {
        failures.push(error);
      }
    });
  }
  outbox.bridge.log.info('outbox swept', { enrolled, failed: failures.length });
  if (failures.length > 0) throw new AggregateError(failures, describeError(failures[0]));
  return enrolled;
}

/** The keys of each page of the outbox about which something is to be done. */
async function* unsettledKeys({ bridge, tables, bucket: { s3, name: Bucket } }: Outbox): AsyncGenerator<string[]> {
  let ContinuationToken: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket, Prefix: 'outbox/', EncodingType: 'url', ContinuationToken });
    const { Contents = [], NextContinuationToken } = await s3.send(list);
    const puts = Contents.map(({ Key, ETag: etag = '', LastModified }) => ({
      key: decodeKey(Key),
      etag,
      modifiedAt: LastModified?.getTime() ?? 0,
    }));
    const rows = await readRows(
      bridge,
      tables.files,
      puts.map(({ key }) => key),
    );
    yield puts
      .filter((put) => {
        const row = rows.get(put.key);
        return !row || !isResult(row) || stepFor(put, row) !== 'leave';
      })
      .map(({ key }) => key);
    ContinuationToken = NextContinuationToken;
  } while (ContinuationToken !== undefined);
}
