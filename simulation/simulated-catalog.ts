import { type Catalog, createCatalog, type Endpoint } from '../src/catalog.ts';
import { parameters } from '../src/chat.ts';
import { endpoints, type SimulatedEndpoint } from './world.ts';

export const simulatedModel = 'pointsman/simulated';

/** The world's endpoints as the router sees them: one model, one provider for each endpoint, and nothing but the price differs. */
export function simulatedCatalog(): Catalog {
  return createCatalog({
    models: [
      {
        slug: simulatedModel,
        name: 'Simulated',
        author: 'pointsman',
        contextLength: 131_072,
        inputModalities: ['text'],
        outputModalities: ['text'],
      },
    ],
    providers: endpoints.map(({ provider }) => ({
      slug: provider,
      name: provider,
      configured: true,
      dataPolicy: { trainsOnPrompts: false, retention: 'none' },
    })),
    endpoints: endpoints.map(endpointOf),
    aliases: new Map(),
    defaultModel: simulatedModel,
  });
}

function endpointOf({ provider, pricePerMillion }: SimulatedEndpoint): Endpoint {
  const perToken = (pricePerMillion / 1_000_000).toFixed(9);
  return {
    id: `${simulatedModel}@${provider}`,
    tag: provider,
    model: simulatedModel,
    provider,
    upstreamModel: simulatedModel,
    contextLength: 131_072,
    quantization: 'unknown',
    pricing: { prompt: perToken, completion: perToken, request: '0', overrides: [] },
    supportedParameters: new Set(parameters),
    inputModalities: ['text'],
    dataPolicy: { trainsOnPrompts: false, retention: 'none' },
  };
}
