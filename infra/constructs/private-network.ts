import { Aws } from 'aws-cdk-lib';
import { CfnEIP, CfnNatGateway, CfnRoute, CfnRouteTable, CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { Network } from './network.ts';
import { output } from './output.ts';

/** Interface endpoints for the most used services that transfer no file contents. */
const endpoints = ['sqs', 'secretsmanager', 'states'];

/**
 * A network with one fixed outgoing address, which a portal can allow, and with endpoints for most calls to AWS. One NAT
 * gateway gives one address: during an outage of its zone, work waits. The subnets are in the second half of the VPC: when the
 * setting `vpc` changes, CloudFormation creates them next to the subnets of the public network before it removes those.
 */
export class PrivateNetwork extends Network {
  readonly isPublic = false;
  readonly subnetIds: string[];
  private readonly way: { readonly subnet: string; readonly routes: string };

  constructor(scope: Construct, id: string, ports: ReadonlySet<number>) {
    super(scope, id, ports);
    const out = this.routesOut();
    const way = this.subnet('Way', 0, '10.0.1.128/26', out);
    this.way = { subnet: way, routes: out };
    const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
    address.addResourceDependency(this.internet);
    const nat = new CfnNatGateway(this, 'Nat', { subnetId: way, allocationId: address.attrAllocationId });
    output(this, 'EgressAddress', address.attrPublicIp);
    const routes = new CfnRouteTable(this, 'PrivateRoutes', { vpcId: this.vpcId }).ref;
    new CfnRoute(this, 'ByNat', { routeTableId: routes, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.ref });
    this.subnetIds = ['10.0.1.0/26', '10.0.1.64/26'].map((cidr, zone) =>
      this.subnet(`Private${zone}`, zone, cidr, routes),
    );
    this.addEndpoints(routes);
  }

  override publicSubnetIds(): string[] {
    return [this.way.subnet, this.subnet('Way1', 1, '10.0.1.192/26', this.way.routes)];
  }

  private addEndpoints(routes: string): void {
    const serviceName = (service: string) => `com.amazonaws.${Aws.REGION}.${service}`;
    for (const service of ['s3', 'dynamodb']) {
      new CfnVPCEndpoint(this, `${service}Endpoint`, {
        vpcId: this.vpcId,
        serviceName: serviceName(service),
        vpcEndpointType: 'Gateway',
        routeTableIds: [routes],
      });
    }
    const group = new CfnSecurityGroup(this, 'FromWithin', {
      vpcId: this.vpcId,
      groupDescription: 'From functions and tasks to the endpoints',
      securityGroupIngress: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, sourceSecurityGroupId: this.securityGroupId },
      ],
    });
    for (const service of endpoints) {
      new CfnVPCEndpoint(this, `${service}Endpoint`, {
        vpcId: this.vpcId,
        serviceName: serviceName(service),
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: this.subnetIds,
        securityGroupIds: [group.attrGroupId],
      });
    }
  }
}
