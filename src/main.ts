import { randomBytes } from 'node:crypto';
import { schema } from '../schema/index.ts';
import { eventTypeNames } from '../schema/chat-stream.ts';
import { createCatalog } from './catalog.ts';
import { systemClock, systemRandom } from './clock.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createLocal } from './providers/local.ts';
import { localModel, localSupportedParameters } from './providers/local/facts.ts';
import { createEndpointHealth } from './routing/endpoint-health.ts';
import { createRouter } from './routing/router.ts';
import { createServer } from './server.ts';
import { defaultServerSettings } from './server-settings.ts';
import { createGenerations } from './streams/generations.ts';

const dataPolicy = { trainsOnPrompts: false, retention: 'none' } as const;
const catalog = createCatalog({
  models: [{ ...localModel, inputModalities: ['text'], outputModalities: ['text'] }],
  providers: [{ slug: 'local', name: 'Local', configured: true, dataPolicy }],
  endpoints: [
    {
      id: `${localModel.slug}@local`,
      tag: 'local',
      model: localModel.slug,
      provider: 'local',
      upstreamModel: localModel.upstreamModel,
      contextLength: localModel.contextLength,
      quantization: localModel.quantization,
      pricing: { prompt: '0', completion: '0', request: '0', overrides: [] },
      supportedParameters: localSupportedParameters,
      inputModalities: ['text'],
      dataPolicy,
    },
  ],
  aliases: new Map(),
  defaultModel: localModel.slug,
});
const log = createLog('info', (text) => text);
const clock = systemClock;
const health = createEndpointHealth({ clock, random: systemRandom, configured: () => true });
const providers = new Map([['local', createLocal()]]);
const deadlines = { connectMs: 3_000, firstContentMs: 300_000, gapMs: 30_000, totalMs: 600_000 };
const router = createRouter({
  upstreams: () => ({ catalog, providers, deadlines: () => deadlines }),
  health,
  clock,
  random: systemRandom,
  countTokens: async (texts) => ({ tokens: Math.ceil(texts.join('').length / 4), source: 'estimated' }),
  onBug: (err, generationId) => log.error({ err, generationId }, 'bug'),
});
const generations = createGenerations({ router, makeId: () => `gen-${randomBytes(15).toString('base64url')}` });
const server = createServer({
  schema,
  eventTypeNames,
  catalog: () => catalog,
  generations,
  health,
  settings: { ...defaultServerSettings, port: Number(process.env.PORT ?? 4000) },
  metrics: createMetrics(),
  log,
  clock,
});
const { url } = await server.listen();
console.log(`Pointsman listens on ${url}`);
