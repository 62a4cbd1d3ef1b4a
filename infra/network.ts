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

/**
 * A network from which one gets out and into which nobody gets. Its subnets are public, for the way out without one is a NAT
 * gateway, which costs by the hour; nothing here costs anything by itself.
 */
export class Network extends Construct {
  readonly subnetIds: string[];
  readonly securityGroupId: string;

  /** @param ports TCP ports to which one gets out */
  constructor(scope: Construct, id: string, ports: ReadonlySet<number>) {
    super(scope, id);
    const vpcId = new CfnVPC(this, 'Vpc', { cidrBlock: '10.0.0.0/24', enableDnsSupport: true }).ref;
    const routeTableId = this.routesOut(vpcId);
    this.subnetIds = ['10.0.0.0/25', '10.0.0.128/25'].map((cidrBlock, index) => {
      const availabilityZone = Fn.select(index, Fn.getAzs());
      const { ref } = new CfnSubnet(this, `Subnet${index}`, { vpcId, cidrBlock, availabilityZone });
      new CfnSubnetRouteTableAssociation(this, `Routes${index}`, { subnetId: ref, routeTableId });
      return ref;
    });
    const group = new CfnSecurityGroup(this, 'OutOnly', {
      vpcId,
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

  private routesOut(vpcId: string): string {
    const gateway = new CfnInternetGateway(this, 'Gateway');
    const attachment = new CfnVPCGatewayAttachment(this, 'Attachment', { vpcId, internetGatewayId: gateway.ref });
    const { ref } = new CfnRouteTable(this, 'Routes', { vpcId });
    const route = new CfnRoute(this, 'Out', {
      routeTableId: ref,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.ref,
    });
    route.addResourceDependency(attachment);
    return ref;
  }
}
