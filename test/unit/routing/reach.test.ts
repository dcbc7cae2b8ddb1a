import { describe, expect, it } from 'vitest';
import type { Permits } from '../../../src/completion.ts';
import { ProviderError } from '../../../src/errors.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { anEndpoint, createRouterBench, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';

const options = () => ({ generationId: 'gen-1', signal: new AbortController().signal });
const endpoints = [anEndpoint('m/one', 'acme'), anEndpoint('m/one', 'birch'), anEndpoint('m/two', 'acme')];

function benchOf() {
  const clock = createManualClock();
  const acme = createScriptedProvider(clock, [
    { fail: new ProviderError('rate_limited', 'Not now.', { retryAfterMs: 5_000 }) },
  ]);
  const birch = createScriptedProvider(clock, says('Good day.'));
  return createRouterBench(clock, { acme, birch }, endpoints);
}

const providersOf = (reached: readonly { readonly provider: string }[]) => reached.map(({ provider }) => provider);

describe('the endpoints that may come to serve a request', () => {
  it('are those of its models that every lasting filter leaves, also while one of them cools', async () => {
    const { router } = benchOf();
    const request = { ...hello, model: 'm/one' };
    await router.complete(request, options());
    expect(router.plan(request, {}).candidates.map(({ endpoint }) => endpoint.provider)).toEqual(['birch']);
    expect(providersOf(router.reach(request, {}))).toEqual(['acme', 'birch']);
    expect(providersOf(router.reach({ ...request, provider: { ignore: ['birch'] } }, {}))).toEqual(['acme']);
    expect(router.reach({ ...hello, models: ['m/one', 'm/two'] }, {})).toHaveLength(3);
  });

  it('are none where the request would be refused at any time', () => {
    const { router } = benchOf();
    expect(router.reach({ ...hello, model: 'm/none' }, {})).toEqual([]);
    expect(router.reach({ ...hello, model: 'm/two', provider: { only: ['birch'] } }, {})).toEqual([]);
  });

  it('are looked for anew where others are permitted, though the request is the same', () => {
    const { router } = benchOf();
    const request = { ...hello, model: 'm/one' };
    const permits: Permits = {
      model: () => undefined,
      provider: (slug) => (slug === 'acme' ? 'Not that one.' : undefined),
    };
    expect(providersOf(router.reach(request, {}))).toEqual(['acme', 'birch']);
    expect(providersOf(router.reach(request, { permits }))).toEqual(['birch']);
    expect(providersOf(router.reach(request, {}))).toEqual(['acme', 'birch']);
  });
});
