import { describe, expect, it } from 'vitest';
import { createCatalog, type Endpoint } from '../../../src/catalog.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import { createEndpointHealth } from '../../../src/routing/endpoint-health.ts';
import { requirementsOf } from '../../../src/routing/requirements.ts';
import { candidatesInOrder, stagesOf } from '../../../src/routing/stages.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { aModel, anEndpoint, aProvider, hello } from '../../support/router-bench.ts';

const models = [aModel('m/one'), aModel('m/two')];
const endpoints = [priced('m/one', 'a', 3), priced('m/one', 'b', 1), priced('m/two', 'c', 2)];

function priced(model: string, provider: string, dollars: number): Endpoint {
  const price = `0.00000${dollars}`;
  return anEndpoint(model, provider, { pricing: { prompt: price, completion: price, request: '0', overrides: [] } });
}

function selectionFor(request: ChatRequest) {
  const catalog = createCatalog({
    models,
    providers: ['a', 'b', 'c'].map((slug) => aProvider(slug)),
    endpoints,
    aliases: new Map(),
    defaultModel: 'm/one',
  });
  const health = createEndpointHealth({ clock: createManualClock(), random: () => 0.5, configured: () => true });
  return { request, requirements: requirementsOf(request), catalog, health, remainingMs: () => 60_000 };
}

describe('the stages of a request', () => {
  it('are one for each model, in their order, unless the caller sorts across models', () => {
    for (const provider of [{}, { sort: 'price' }, { sort: 'price', sortPartition: 'model' }] as const) {
      const stages = stagesOf(models, selectionFor({ ...hello, provider }));
      expect(
        stages.map((stage) => ({
          models: stage.models.map(({ slug }) => slug),
          endpoints: stage.endpoints.map(({ id }) => id),
          last: stage.last,
        })),
      ).toEqual([
        { models: ['m/one'], endpoints: ['m/one@a', 'm/one@b'], last: false },
        { models: ['m/two'], endpoints: ['m/two@c'], last: true },
      ]);
    }
  });

  it('are one with all endpoints of all models where the partition is none', () => {
    const selection = selectionFor({ ...hello, provider: { sort: 'price', sortPartition: 'none' } });
    const [stage, ...more] = stagesOf(models, selection);
    expect(more).toEqual([]);
    expect(stage).toMatchObject({ models: [{ slug: 'm/one' }, { slug: 'm/two' }], last: true });
    if (stage === undefined) throw new Error('no stage');
    const { ranked } = candidatesInOrder(stage, selection, 'adaptive', () => 0.5);
    expect(ranked.map(({ endpoint }) => endpoint.id)).toEqual(['m/one@b', 'm/two@c', 'm/one@a']);
  });
});

describe('the candidates of a stage', () => {
  const [stage] = stagesOf(models, selectionFor(hello));
  if (stage === undefined) throw new Error('no stage');
  const [a, b] = endpoints as [Endpoint, Endpoint, Endpoint];

  it('say why an endpoint is left out', () => {
    const selection = selectionFor({ ...hello, provider: { ignore: ['b'] } });
    const { ranked, exclusions } = candidatesInOrder(stage, selection, 'price', () => 0.5);
    expect(ranked.map(({ endpoint }) => endpoint.tag)).toEqual(['a']);
    expect(exclusions).toMatchObject([{ endpoint: 'm/one@b', filter: 'ignore' }]);
  });

  it('say nothing of those that have had their turn', () => {
    const { ranked, exclusions } = candidatesInOrder(stage, selectionFor(hello), 'price', () => 0.5, new Set([b]));
    expect(ranked.map(({ endpoint }) => endpoint.tag)).toEqual(['a']);
    expect(exclusions).toEqual([]);
  });

  it('leave to others what others wait for', () => {
    const isForOthers = (endpoint: Endpoint) => endpoint === a;
    const found = candidatesInOrder(stage, selectionFor(hello), 'price', () => 0.5, new Set(), isForOthers);
    expect(found.ranked.map(({ endpoint }) => endpoint.tag)).toEqual(['b']);
    expect(found.exclusions).toMatchObject([{ endpoint: 'm/one@a', filter: 'waiting_line' }]);
  });
});
