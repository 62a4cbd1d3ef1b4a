import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from './settings.ts';
import { GatewayStack } from './stack.ts';

const app = new App();
new GatewayStack(app, 'dst-gateway', {
  settings: readSettings(app.node),
  functions: join(import.meta.dirname, '..', 'functions'),
});
app.synth();
