import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that take long, or a whole gateway for long: they run with `TESTS=slow`, all others without it, and both with `TESTS=all`. */
export const slow = [
  'test/accounts/{access-accounts,authenticate,client-address,delete-accounts,organizations,passkeys,password,required-factor,second-factor,sign-in}.test.ts',
  'test/api/many-requests.test.ts',
  'test/auth/{crash,own-api,routes,same-work}.test.ts',
  'test/cli/{accounts,confirm-project,explain,files,follow,history,json,lifecycle,operator-decisions,organizations,republish,send-file}.test.ts',
  'test/end-to-end/{account-secrets,accounts-killed,bad-input,big-list,big-project,breaks,client-address,difficult-portal,hostile-clients,jobs-killed,jobs-on-fargate,json-bombs,killed,live,live-killed,orders-killed,revocation,slices}.test.ts',
  'test/files/{before-creation,complete,copy,crash,damaged,delete-file,delete-project,deletion-order,delivery,failing,fetch-again,file-decisions,lease,metrics,outbox-crowd,redelivery,result,result-refused,return,return-begins,runner,send-task,transfer-queue,wrong-bytes}.test.ts',
  'test/live/{client-following,crash,dormant,events,following,hostile,progress,services,watch,websocket-client}.test.ts',
  'test/messages/{across-lines,crash,list,mark-again,poll-requests,predecessors,reused-ids,taken-over}.test.ts',
  'test/hostile-input/gateway.test.ts',
  'test/infra/local/{app,job-proxy,lambda/lambda,portal/process,restart,s3/process,s3/server,services/services,steps/tasks}.test.ts',
  'test/infra/local/start/{checkout,context,end,person,start,stay}.test.ts',
  'test/infra/{rights/rights-used,template/console,template/job-proxy,template/nag,template/options,template/rights,template/send-task,template/transfer}.test.ts',
  'test/operate/{deciding,reading}.test.ts',
  'test/operations/{history,message-decisions,portal-outage,publish}.test.ts',
  'test/platform/s3.test.ts',
  'test/portal/{client,early-answer}.test.ts',
  'test/processes/{analysis,analysis-crash,changes,events,files,mail,mail-crash,removal,rights,verification}.test.ts',
  'test/projects/{crash,delete-project}.test.ts',
  'test/upgrade/{restored,upgrade}.test.ts',
  'test/users/{access-account,accesses,letter-case,overtaken,password-order}.test.ts',
  'test/workspaces/{clients,crash,globus,jobs,proxy,resources/fargate,resources/local,revocations}.test.ts',
];
const all = ['test/**/*.test.ts'];
const isSlow = process.env.TESTS === 'slow';

/** Tests that take longest, started first. */
const longest = [
  ...['api/examples', 'simulation/simulation', 'workspaces/workspaces', 'simulation/live'],
  ...['upgrade/restored', 'workspaces/crash', 'files/crash', 'messages/taken-over', 'messages/crash'],
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
    include: isSlow ? slow : all,
    exclude: process.env.TESTS === undefined ? slow : [],
    pool: 'forks',
    // For two processors: some tests wait for other processes. Slow ones also have processes of their own.
    maxWorkers: isSlow ? 3 : 4,
    // Each worker loads the imports, 0.6 s of a processor, and starts the services only once.
    isolate: false,
    // The CDK checks templates against the types' schemas and notes where each construct was made: two thirds of a synthesis. `npm run
    // synth` does that too, and the tests look at none of it.
    env: { CDK_VALIDATION: 'false', CDK_DISABLE_STACK_TRACE: '1' },
    globalSetup: 'test/support/directory.ts',
    sequence: { sequencer: LongestFirst },
    testTimeout: isSlow ? 150_000 : 30_000,
    hookTimeout: 60_000,
  },
});
