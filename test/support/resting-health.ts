import type { EndpointHealthReader } from '../../src/routing/endpoint-health.ts';

/** Every endpoint is available, nothing was ever measured, and nothing changes. */
export const restingHealth: EndpointHealthReader = {
  read: (endpoint) => ({ endpoint, state: 'available' }),
  measured: () => ({
    uptime: () => undefined,
    latency: () => undefined,
    throughput: () => undefined,
    toolCalls: () => undefined,
  }),
  changes: () => {
    throw new Error('nothing changes here');
  },
};
