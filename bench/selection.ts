// How long it takes to choose among 20 endpoints, and for the auto router among all models: see README.md beside this file.
import { parseArgs } from 'node:util';
import { createCatalog, type Endpoint } from '../src/catalog.ts';
import { type ChatRequest, parameters } from '../src/chat.ts';
import { systemClock, systemRandom } from '../src/clock.ts';
import { readBuiltInCatalog } from '../src/configuration/built-in-catalog.ts';
import { candidatesOf, type Selection } from '../src/routing/candidates.ts';
import { createEndpointHealth } from '../src/routing/endpoint-health.ts';
import { modelChoices } from '../src/routing/model-choice.ts';
import { rank } from '../src/routing/ranking.ts';
import { requirementsOf } from '../src/routing/requirements.ts';
import { machineFacts, machineLine } from './machine.ts';

const endpointCount = 20;
const model = 'bench/selection';
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '50000' },
  },
});
const rounds = Number(values.rounds);
if (!(rounds > 0)) {
  console.error('--rounds is a number above 0.');
  process.exit(2);
}

const endpoints = Array.from({ length: endpointCount }, (_, index): Endpoint => {
  const provider = `provider-${index}`;
  return {
    id: `${model}@${provider}`,
    tag: provider,
    model,
    provider,
    upstreamModel: 'selection',
    contextLength: 128_000,
    quantization: index % 2 === 0 ? 'fp8' : 'bf16',
    pricing: {
      prompt: `0.00000${index + 10}`,
      completion: `0.0000${index + 10}`,
      cacheRead: `0.000000${index + 10}`,
      request: '0',
      overrides: [{ minPromptTokens: 64_000, prompt: `0.00000${index + 30}` }],
    },
    supportedParameters: new Set(parameters),
    inputModalities: ['text', 'image'],
    dataPolicy: { trainsOnPrompts: false, retention: 'none' },
  };
});
const catalog = createCatalog({
  models: [
    {
      slug: model,
      name: model,
      author: 'bench',
      contextLength: 128_000,
      inputModalities: ['text', 'image'],
      outputModalities: ['text'],
    },
  ],
  providers: endpoints.map(({ provider: slug, dataPolicy }) => ({ slug, name: slug, configured: true, dataPolicy })),
  endpoints,
  aliases: new Map(),
  defaultModel: model,
});
const health = createEndpointHealth({ clock: systemClock, random: systemRandom, configured: () => true });

/** What a call of the endpoint would tell. */
const measure = (endpoint: Endpoint, round: number) => {
  const statistics = health.statistics(endpoint);
  statistics.firstContent({ promptTokens: 500, firstContentMs: 200 + ((round * 37) % 400) });
  const sample = { promptTokens: 500, cachedTokens: 100, completionTokens: 300, writingMs: 4_000 + (round % 500) };
  if (round % 50 === 0) statistics.failed(health.now());
  else statistics.succeeded(sample, health.now());
};
for (let round = 1; round <= 100; round += 1) for (const endpoint of endpoints) measure(endpoint, round);
for (const endpoint of endpoints.slice(0, 5)) {
  for (let call = 0; call < 20; call += 1) health.statistics(endpoint).began();
  health.statistics(endpoint).limited(health.now());
  for (let call = 0; call < 15; call += 1) health.statistics(endpoint).ended();
}

const plain: ChatRequest = {
  model,
  messages: [
    { role: 'system', content: 'You are a helpful assistant. '.repeat(10) },
    { role: 'user', content: 'Tell me about the sea, its tides and those who sail on it. '.repeat(25) },
  ],
};
const demanding: ChatRequest = {
  ...plain,
  maxTokens: 800,
  temperature: 0.7,
  tools: ['search', 'weather', 'calendar'].map((name) => ({
    name,
    description: `Looks something up in the ${name}.`,
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  })),
  provider: {
    ignore: ['provider-19', 'elsewhere'],
    quantizations: ['fp8', 'bf16', 'fp16'],
    dataCollection: 'deny',
    requireParameters: true,
    maxPrice: { prompt: '0.001', completion: '0.01' },
  },
};
const requestText = JSON.stringify(plain);

const selectionOf = (request: ChatRequest): Selection => ({
  request,
  requirements: requirementsOf(request),
  catalog,
  health,
  remainingMs: () => Number.POSITIVE_INFINITY,
});
const choose = (selection: Selection) =>
  rank(candidatesOf(endpoints, selection).remaining, selection, 'adaptive', systemRandom).length;
const [plainSelection, demandingSelection] = [selectionOf(plain), selectionOf(demanding)];

const builtIn = readBuiltInCatalog(systemClock.now());
const whole = createCatalog({
  ...builtIn,
  providers: builtIn.providers.map((provider) => ({ ...provider, configured: true })),
  defaultModel: 'pointsman/auto',
});
const chooseModel = ({ request, requirements }: Selection) =>
  modelChoices({ ...request, model: 'pointsman/auto' }, whole, requirements).length;
const modelCount = whole.auto.choices.length;
// Hardly any of the built-in endpoints state a number format, or that they collect nothing.
const demandingOfAny = selectionOf({ ...demanding, provider: { maxPrice: { completion: '0.00001' } } });

/** Each gives back how much it found, so that it cannot be left out. The first is the baseline. */
const subjects: Readonly<Record<string, () => number>> = {
  [`JSON.parse of a request of ${(requestText.length / 1_000).toFixed(1)} kB`]: () => {
    const parsed: ChatRequest = JSON.parse(requestText);
    return parsed.messages.length;
  },
  'a request without preferences': () => choose(plainSelection),
  'a request with tools and preferences': () => choose(demandingSelection),
  'of that, the filters': () => candidatesOf(endpoints, demandingSelection).remaining.length,
};
/** Of a whole catalog, and so in one round of twenty. */
const autoSubjects: typeof subjects = {
  [`the auto router among ${modelCount} models`]: () => chooseModel(plainSelection),
  'the same with tools and a limit of price': () => chooseModel(demandingOfAny),
};
const allSubjects = { ...subjects, ...autoSubjects };

const figures = new Map(Object.keys(allSubjects).map((name): [string, number[]] => [name, []]));
const warmUpRounds = Math.min(rounds, 20_000);
let found = 0;
for (let round = -warmUpRounds; round < rounds; round += 1) {
  // What is measured changes all the time.
  const [endpoint] = endpoints.slice(Math.abs(round) % endpointCount);
  if (endpoint !== undefined) measure(endpoint, Math.abs(round));
  for (const [name, subject] of Object.entries(round % 20 === 0 ? allSubjects : subjects)) {
    const startedMs = performance.now();
    found += subject();
    const micros = (performance.now() - startedMs) * 1_000;
    if (round >= 0) figures.get(name)?.push(micros);
  }
}
if (found === 0) throw new Error('nothing was chosen');

const results = [...figures].map(([name, all]) => {
  const sorted = new Float64Array(all).sort();
  return {
    name,
    medianMicros: at(sorted, 0.5),
    p99Micros: at(sorted, 0.99),
    cpuMicros: leastCpuMicros(allSubjects[name]),
  };
});
const baseline = results[0]?.medianMicros ?? Number.NaN;
const facts = {
  ...machineFacts(),
  rounds,
  endpoints: endpointCount,
};
if (values.json) {
  const all = results.map((result) => ({ ...result, timesBaseline: result.medianMicros / baseline }));
  console.log(JSON.stringify({ ...facts, subjects: all }, undefined, 2));
} else {
  console.log(`${machineLine(facts)}, load ${facts.load.toFixed(1)}, ${rounds} rounds\n`);
  console.log(
    '| choosing among 20 endpoints | median µs | p99 µs | × JSON.parse | CPU µs in a row |\n| --- | ---: | ---: | ---: | ---: |',
  );
  for (const { name, medianMicros, p99Micros, cpuMicros } of results) {
    const ratio = (medianMicros / baseline).toFixed(2);
    console.log(
      `| ${name} | ${medianMicros.toFixed(1)} | ${p99Micros.toFixed(1)} | ${ratio} | ${cpuMicros.toFixed(1)} |`,
    );
  }
}

/** Processor time of one call where nothing else runs between them: the best of 40 runs of 250, which others on the machine disturb least. */
function leastCpuMicros(subject: (() => number) | undefined): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 40; run += 1) {
    const before = process.cpuUsage();
    for (let call = 0; call < 250; call += 1) found += subject?.() ?? 0;
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 250);
  }
  return least;
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
