import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundle } from './bundle/bundle.ts';
import { readSettings } from './settings.ts';
import { GatewayStack } from './stack.ts';

const app = new App();
const settings = readSettings(app.node);
using folder = mkdtempDisposableSync(join(tmpdir(), 'dst-gateway-'));
const bundles = await bundle(join(import.meta.dirname, '..', 'functions'), folder.path);
new GatewayStack(app, 'dst-gateway', { settings, bundles });
app.synth();
