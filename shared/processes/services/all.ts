import type { ProcessContext } from '../context.ts';
import { analysis } from './analysis.ts';
import { exportService } from './export.ts';
import { type Service, serviceRegistry } from './service.ts';

/** The services of the gateway. */
const services: readonly Service<ProcessContext>[] = [analysis, exportService];

export const allServices = serviceRegistry(services);
