import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { output } from './output.ts';

interface DomainProps {
  readonly domain: string | undefined;
  readonly certificateArn: string | undefined;
  /** The output with the name that the domain's DNS record points to. */
  readonly output: string;
}

/** The centre's own domain, when the settings give one. */
export function domainOf(scope: Construct, props: DomainProps): DomainName | undefined {
  const { domain, certificateArn } = props;
  if (domain === undefined || certificateArn === undefined) return undefined;
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', certificateArn);
  const domainName = new DomainName(scope, 'Domain', { domainName: domain, certificate });
  output(scope, props.output, domainName.regionalDomainName);
  return domainName;
}
