import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** As much of CloudFormation as tells a stack's outputs (DescribeStacks, AWS CloudFormation API reference). */
export async function startCloudFormation(outputs: Record<string, string>) {
  const asked: (string | null)[] = [];
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const server = createServer(async (request, answer) => {
    asked.push(new URLSearchParams(await text(request)).get('StackName'));
    answer.setHeader('content-type', 'text/xml');
    answer.end(
      `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
      <member><StackName>dst-test</StackName><Outputs>${members.join('')}</Outputs></member>
      </Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, asked };
}
