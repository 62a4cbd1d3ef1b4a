// What the functions use of undici. Its index would bring fetch, WebSockets, mocks and caches into every bundle: 270 KB.
// By their paths, because the bundler puts this file in the place of the package's name.
import api from '../node_modules/undici/lib/api/index.js';
import Agent from '../node_modules/undici/lib/dispatcher/agent.js';
import Dispatcher from '../node_modules/undici/lib/dispatcher/dispatcher.js';

Object.assign(Dispatcher.prototype, api);

export { Agent, Dispatcher };
