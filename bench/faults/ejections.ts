import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Ejection } from './tally.ts';

const operation = `subscription ($model: String) {
  endpointHealth(model: $model) { endpoint { tag } state }
}`;
const change = z.object({
  data: z.object({ endpointHealth: z.object({ endpoint: z.object({ tag: z.string() }), state: z.string() }) }),
});
const leftAlone = new Set(['OPEN', 'COOLING']);

/** Listens to the health of a model's endpoints. */
export interface EjectionWatch {
  /** Grows. */
  readonly ejections: readonly Ejection[];
  readonly close: () => Promise<void>;
}

/** Notes each time that the program at `http://…/graphql` begins to leave an endpoint of `model` alone. */
export function watchEjections(graphql: string, model: string): EjectionWatch {
  const ejections: Ejection[] = [];
  const client = createClient({ url: graphql.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const unsubscribe = client.subscribe(
    { query: operation, variables: { model } },
    {
      next: (result) => {
        const { endpoint, state } = change.parse(result).data.endpointHealth;
        if (leftAlone.has(state)) ejections.push({ tag: endpoint.tag, atMs: Date.now() });
      },
      error: (error) => {
        throw new Error('the health of the endpoints was no longer told', { cause: error });
      },
      complete: () => {},
    },
  );
  return {
    ejections,
    close: async () => {
      unsubscribe();
      await client.dispose();
    },
  };
}
