import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, so that it does not begin when everything else has ended. */
const longest = [
  'end-to-end/killed',
  'files/runner',
  'infra/start',
  'files/copy',
  'infra/rights-used',
  'files/crash',
  'end-to-end/difficult-portal',
  'end-to-end/big-project',
  'end-to-end/bad-input',
  'infra/local-restart',
  'end-to-end/big-list',
  'infra/local-services',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // What the files import, some 0.6 s of a processor for each, is loaded once by each worker.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
