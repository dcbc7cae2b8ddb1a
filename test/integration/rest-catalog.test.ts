import { afterAll, describe, expect, it } from 'vitest';
import { createHealthWindows, type HealthWindows } from '../../src/routing/health-windows.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { restingHealth } from '../support/resting-health.ts';
import { startServer } from '../support/running-server.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const clock = createManualClock(Date.UTC(2026, 10, 22));
const windows = new Map<string, HealthWindows>();
/** What was measured of an endpoint: how long its four answers took to begin, how fast they were, how many of ten calls had a fault. */
function measured(id: string, firstContentMs: number, tokensPerSecond: number, faultyCalls: number): void {
  const own = createHealthWindows();
  for (let count = 0; count < 4; count += 1) {
    own.attempted({ succeeded: count < 3, firstContentMs: count < 3 ? firstContentMs : undefined }, 0);
    own.wrote(tokensPerSecond, 0);
  }
  for (let count = 0; count < 10; count += 1) {
    own.calledTools(new Set(count < faultyCalls ? ['invalid_json' as const] : []), 0);
  }
  windows.set(id, own);
}
measured('acme/large@quarry', 800, 90, 5);
measured('birch/reader@quarry', 200, 30, 0);

const server = await startServer({
  clock,
  catalog: () => catalog,
  health: {
    ...restingHealth,
    measured: (endpoint) => windows.get(endpoint.id)?.at(0) ?? restingHealth.measured(endpoint),
  },
});
afterAll(() => server[Symbol.asyncDispose]());

async function get(path: string) {
  const response = await fetch(`${server.url}/api/v1${path}`);
  return { status: response.status, body: await response.json() };
}
interface List {
  readonly data: readonly { readonly id: string }[];
  readonly total_count: number;
  readonly links: { readonly next: string | null };
}
const list = async (query: string) => (await get(`/models${query}`)).body as List;
const ids = async (query: string) => (await list(query)).data.map(({ id }) => id);

const servable = ['acme/large', 'birch/reader', 'pointsman/tiny-1m'];

describe('GET /models', () => {
  it('lists the models that could be asked, and all of them where it is asked to', async () => {
    expect(await ids('')).toEqual(servable);
    expect(await ids('?available=all')).toEqual(expect.arrayContaining(['acme/small', 'birch/forgotten']));
    expect((await get('/models/count')).body).toEqual({ data: { count: 3 } });
  });

  it.each([
    ['q=LARGE', ['acme/large']],
    ['arch=reader', ['birch/reader']],
    ['model_authors=birch,pointsman', ['birch/reader', 'pointsman/tiny-1m']],
    ['providers=Quarry%20Compute', ['acme/large', 'birch/reader']],
    ['providers=local', ['pointsman/tiny-1m']],
    ['supported_parameters=tools,temperature', ['acme/large']],
    ['supported_parameters=tools,logprobs', []],
    ['input_modalities=text,image', ['acme/large']],
    ['output_modalities=all', servable],
    ['output_modalities=image', []],
    ['context=30000', ['acme/large', 'birch/reader']],
    ['max_price=0.1', ['birch/reader', 'pointsman/tiny-1m']],
    ['min_price=0.1&max_price=5', ['acme/large', 'birch/reader']],
    ['min_output_price=1', ['acme/large']],
    ['max_output_price=0', ['pointsman/tiny-1m']],
    ['max_age_days=365', ['acme/large']],
    ['min_tool_success_rate=0.9', ['birch/reader']],
    ['max_tool_success_rate=0.5', ['acme/large']],
    ['category=programming&region=eu&distillable=true&use_rss=false&min_coding_index=40', servable],
    ['sort=context-high-to-low', ['acme/large', 'birch/reader', 'pointsman/tiny-1m']],
    ['sort=pricing-low-to-high', ['pointsman/tiny-1m', 'birch/reader', 'acme/large']],
    ['sort=pricing-high-to-low', ['acme/large', 'birch/reader', 'pointsman/tiny-1m']],
    ['sort=latency-low-to-high', ['birch/reader', 'acme/large', 'pointsman/tiny-1m']],
    ['sort=throughput-high-to-low', ['acme/large', 'birch/reader', 'pointsman/tiny-1m']],
    ['sort=most-popular', servable],
  ])('with %s', async (query, expected) => {
    expect(await ids(`?${query}`)).toEqual(expected);
  });

  it('gives a page at a time, with the way to the next one', async () => {
    const seen: string[] = [];
    for (let next: string | null = '/api/v1/models?limit=2&zdr=true'; next !== null; ) {
      const { data, total_count, links } = await list(next.replace('/api/v1/models', ''));
      expect(total_count).toBe(3);
      seen.push(...data.map(({ id }) => id));
      next = links.next;
    }
    expect(seen).toEqual(servable);
    expect(await list('?offset=9')).toMatchObject({ data: [], total_count: 3, links: { next: null } });
  });

  it.each(['limit=0', 'limit=1001', 'offset=-1', 'max_price=cheap', 'context=wide', 'min_tool_success_rate=2'])(
    'refuses %s, and names it',
    async (query) => {
      const { status, body } = await get(`/models?${query}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { metadata: { path: query.split('=')[0] } } });
    },
  );
});

describe('GET /models/:author/:slug/endpoints', () => {
  it('tells of each endpoint how it did of late', async () => {
    const { body } = await get('/models/acme/large/endpoints');
    const { endpoints } = (body as { data: { endpoints: Record<string, unknown>[] } }).data;
    const [seen, unseen] = ['quarry', 'quarry/turbo'].map((tag) => endpoints.find((one) => one.tag === tag));
    expect(seen).toMatchObject({
      status: 0,
      uptime_last_5m: 75,
      uptime_last_30m: 75,
      uptime_last_1d: 75,
      supports_implicit_caching: true,
      supports_tool_choice: { auto: true, none: true, required: false, function: false },
      quantization: 'unknown',
      max_prompt_tokens: null,
    });
    for (const [measure, value] of [
      ['latency_last_30m', 800],
      ['throughput_last_30m', 90],
    ] as const) {
      const percentiles = seen?.[measure] as Record<string, number>;
      expect(Object.keys(percentiles)).toEqual(['p50', 'p75', 'p90', 'p99']);
      for (const one of Object.values(percentiles)) expect(Math.abs(one / value - 1)).toBeLessThan(0.03);
    }
    expect(unseen).toMatchObject({
      uptime_last_30m: null,
      latency_last_30m: null,
      throughput_last_30m: null,
      supports_implicit_caching: false,
    });
  });

  it('knows the model by any of its names, and none that is not there', async () => {
    expect((await get('/model/ACME/large:nitro')).body).toMatchObject({ data: { id: 'acme/large' } });
    expect((await get('/models/large')).body).toMatchObject({ id: 'acme/large', object: 'model' });
    expect((await get('/models/acme/lrge/endpoints')).body).toMatchObject({
      error: {
        code: 404,
        metadata: { suggestions: ['acme/large', 'acme/small'], error_type: 'not_found' },
        availability: { code: 'model_not_found', requested_models: ['acme/lrge'] },
      },
    });
  });
});

it('GET /endpoints/zdr and /providers name what the catalog has', async () => {
  const { data } = (await get('/endpoints/zdr')).body as { data: { tag: string }[] };
  expect(data).toHaveLength(catalog.endpoints.length);
  expect((await get('/providers')).body).toMatchObject({
    data: [{ slug: 'quarry', headquarters: 'NO' }, { slug: 'acme-cloud' }, { slug: 'local' }],
  });
});
