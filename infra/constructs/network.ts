import { Fn } from 'aws-cdk-lib';
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCGatewayAttachment,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledgeNagFinding } from './nag.ts';

/** A network that nothing comes into, unless a construct lets it. */
export abstract class Network extends Construct {
  /** Subnets of functions and tasks. */
  abstract readonly subnetIds: string[];
  /** Whether functions and tasks need a public address for outgoing connections. */
  abstract readonly isPublic: boolean;
  readonly securityGroupId: string;
  /** Creates two subnets that the internet reaches, unless they are there. @returns their ids */
  abstract publicSubnetIds(): string[];
  readonly vpcId: string;
  /** Its route to the internet. */
  readonly internet: CfnVPCGatewayAttachment;

  /** @param ports TCP ports of outgoing connections */
  constructor(scope: Construct, id: string, ports: ReadonlySet<number>) {
    super(scope, id);
    const vpc = new CfnVPC(this, 'Vpc', { cidrBlock: '10.0.0.0/23', enableDnsSupport: true, enableDnsHostnames: true });
    acknowledgeNagFinding(
      vpc,
      'AwsSolutions-VPC7',
      'nothing listens in it and its security group lets nothing in; S3 and the portal log',
    );
    this.vpcId = vpc.ref;
    const { ref } = new CfnInternetGateway(this, 'Gateway');
    this.internet = new CfnVPCGatewayAttachment(this, 'Attachment', { vpcId: this.vpcId, internetGatewayId: ref });
    const group = new CfnSecurityGroup(this, 'OutOnly', {
      vpcId: this.vpcId,
      groupDescription: 'Out to AWS and the portal, nothing in',
      securityGroupEgress: [...ports].map((port) => ({
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        cidrIp: '0.0.0.0/0',
      })),
    });
    this.securityGroupId = group.attrGroupId;
  }

  /** @param zone 0 or 1: the first or second availability zone of the region */
  protected subnet(id: string, zone: number, cidrBlock: string, routeTableId: string): string {
    const availabilityZone = Fn.select(zone, Fn.getAzs());
    const { ref } = new CfnSubnet(this, id, { vpcId: this.vpcId, cidrBlock, availabilityZone });
    new CfnSubnetRouteTableAssociation(this, `${id}Routes`, { subnetId: ref, routeTableId });
    return ref;
  }

  /** Creates a route table with a default route through the internet gateway. */
  protected routesOut(): string {
    const { ref } = new CfnRouteTable(this, 'Routes', { vpcId: this.vpcId });
    const route = new CfnRoute(this, 'Out', {
      routeTableId: ref,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: this.internet.internetGatewayId ?? '',
    });
    route.addResourceDependency(this.internet);
    return ref;
  }
}

/**
 * A network with public subnets, which costs nothing by itself. Private subnets would need a NAT gateway, which is charged by
 * the hour.
 */
export class PublicNetwork extends Network {
  readonly isPublic = true;
  readonly subnetIds: string[];
  override publicSubnetIds = () => this.subnetIds;

  constructor(scope: Construct, id: string, ports: ReadonlySet<number>) {
    super(scope, id, ports);
    const routes = this.routesOut();
    this.subnetIds = ['10.0.0.0/25', '10.0.0.128/25'].map((cidr, zone) =>
      this.subnet(`Subnet${zone}`, zone, cidr, routes),
    );
  }
}
