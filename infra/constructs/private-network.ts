import { Aws } from 'aws-cdk-lib';
import { CfnEIP, CfnNatGateway, CfnRoute, CfnRouteTable, CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { Network } from './network.ts';
import { output } from './output.ts';

/** What the functions use most, and what carries no bytes of files, does not leave AWS's network. */
const endpoints = ['sqs', 'secretsmanager', 'states'];

/**
 * All goes out by one fixed address, which a portal can have in its list, and hardly a call of AWS goes out at all. One NAT
 * gateway, for one address: while its zone is gone, work waits. Its subnets are the VPC's second half: when the setting
 * `vpc` is switched, CloudFormation makes the new subnets beside those of the public network before it removes them.
 */
export class PrivateNetwork extends Network {
  readonly isPublic = false;
  readonly subnetIds: string[];

  constructor(scope: Construct, id: string, ports: ReadonlySet<number>) {
    super(scope, id, ports);
    const way = this.subnet('Way', 0, '10.0.1.128/26', this.routesOut());
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
      groupDescription: 'To the endpoints, from what works here',
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
