import type { ProcessContext } from '../context.ts';
import { type Service, serviceRegistry } from './service.ts';

/** The services of the gateway. */
const services: readonly Service<ProcessContext>[] = [];

export const allServices = serviceRegistry(services);
