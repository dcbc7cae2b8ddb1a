import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationFor, isStream, modelOf } from '../support/chat-upstream.ts';
import { faultsOf, type OpenApiDocument, type Operation, referencesIn, resolved } from '../support/open-api.ts';
import { eventsIn } from '../support/rest-faces.ts';
import { answerRest, restModels } from '../support/rest-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { jsonAnswer, type StubRequest, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';

const adminKey = 'admin-of-the-open-api-tests';
const rich = 'acme/rich';
const vectors = 'acme/vectors';
const token = { token: 'So', logprob: -0.25, bytes: [83, 111], top_logprobs: [] };
const detail = { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 0 };
const citation = { url: 'https://a.example/', title: 'A', content: 'a', start_index: 0, end_index: 2 };
const message = {
  content: 'So',
  reasoning: 'Hm.',
  reasoning_details: [detail],
  annotations: [{ type: 'url_citation', url_citation: citation }],
};

function answer(request: StubRequest) {
  if (request.url.endsWith('/embeddings')) {
    const usage = { prompt_tokens: 2, total_tokens: 2 };
    return jsonAnswer({ object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.5, 1] }], usage });
  }
  if (`acme/${modelOf(request)}` !== rich) return answerRest(request);
  const choice = { index: 0, finish_reason: 'stop', logprobs: { content: [token] } };
  if (!isStream(request)) return jsonAnswer({ id: 'c', choices: [{ ...choice, message }] });
  const chunk = { id: 'c', object: 'chat.completion.chunk', choices: [{ ...choice, delta: message }] };
  return streamAnswer([`data: ${JSON.stringify(chunk)}\n\n`, 'data: [DONE]\n\n']);
}

const upstream = await startStubUpstream();
let program: RunningProgram;
let document: OpenApiDocument;
const answered = new Set<string>();

const call = (method: string, path: string, body?: object) =>
  fetch(`${program.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      'x-openrouter-metadata': 'enabled',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

function schemaOf(method: string, path: string, status: string, type: string): object {
  const schema = document.paths[path]?.[method.toLowerCase()]?.responses[status]?.content?.[type]?.schema;
  if (schema === undefined) throw new Error(`the document has no ${type} for ${method} ${path} with ${status}`);
  return schema;
}

/** Asks, and holds the answer against what the document says of the path. */
async function hold(method: string, path: string, given = path, body?: object): Promise<Record<string, unknown>> {
  const response = await call(method, given, body);
  const said = await response.json();
  const known = document.paths[path]?.[method.toLowerCase()]?.responses;
  const status = known !== undefined && String(response.status) in known ? String(response.status) : 'default';
  expect(faultsOf(document, schemaOf(method, path, status, 'application/json'), said)).toEqual([]);
  if (status !== 'default') answered.add(`${method} ${path}`);
  return said;
}

async function holdStream(path: string, body: object): Promise<void> {
  const events = eventsIn(await (await call('POST', path, { ...body, stream: true })).text());
  const schema = schemaOf('POST', path, '200', 'text/event-stream');
  expect(events.length).toBeGreaterThan(1);
  expect(events.flatMap((event) => faultsOf(document, schema, event))).toEqual([]);
}

beforeAll(async () => {
  upstream.respond(answer);
  const described = configurationFor({ acme: upstream }, {}, [...Object.values(restModels), rich, vectors]);
  const models = described.models as Record<string, object>;
  const configuration = {
    ...described,
    models: { ...models, [vectors]: { ...models[vectors], outputModalities: ['embeddings'] } },
  };
  program = await startProgram({ configuration, environment: { POINTSMAN_ADMIN_KEY: adminKey } });
  document = (await (await call('GET', '/openapi.json')).json()) as OpenApiDocument;
});
afterAll(() => upstream.close());

const operations = (): (readonly [string, Operation])[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );

const messages = [{ role: 'user', content: 'Hello' }];
const asked = [restModels.writer, restModels.caller, restModels.thinker, rich];
const generations = {
  '/chat/completions': { messages },
  '/completions': { prompt: 'Hello' },
  '/messages': { max_tokens: 100, messages },
  '/responses': { input: 'Hello' },
} as const;

describe('the OpenAPI document', () => {
  it('has no reference that leads nowhere', () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter(({ to }) => resolved(document, to) === undefined)).toEqual([]);
  });

  it('describes what each operation takes, what it answers and how it fails', () => {
    const gaps = operations().filter(([name, { requestBody, responses }]) => {
      const takes = /^(POST|PATCH) /.test(name) === (requestBody !== undefined);
      return !takes || Object.values(responses).some(({ content }) => content?.['application/json'] === undefined);
    });
    expect(gaps.map(([name]) => name)).toEqual([]);
    expect(Object.values(document.paths)).toContain(document.paths['/openapi.json']);
  });

  describe('is true of', () => {
    for (const [path, body] of Object.entries(generations)) {
      it(`whole and streamed answers of POST ${path}, and of its failures`, async () => {
        for (const model of [...asked, restModels.painter]) {
          await hold('POST', path, path, { model, ...body });
          await holdStream(path, { model, ...body });
        }
        await holdStream(path, { model: restModels.cut, ...body });
        for (const model of [restModels.broken, 'acme/nobody']) {
          expect(await hold('POST', path, path, { model, ...body })).toHaveProperty('error');
        }
        expect(await hold('POST', path, path, {})).toHaveProperty('error');
      });
    }

    it('vectors', async () => {
      const body = { model: vectors, input: 'Hello' };
      await hold('POST', '/embeddings', '/embeddings', body);
      await hold('POST', '/embeddings', '/embeddings', { ...body, encoding_format: 'base64' });
    });

    it('counted tokens', async () => {
      const path = '/messages/count_tokens';
      await hold('POST', path, path, { model: restModels.writer, messages });
    });

    it('the catalog', async () => {
      await hold('GET', '/models', '/models?available=all&output_modalities=all');
      await hold('GET', '/models/user');
      await hold('GET', '/models/count');
      await hold('GET', '/embeddings/models');
      await hold('GET', '/models/{author}/{slug}/endpoints', '/models/acme/writer/endpoints');
      await hold('GET', '/model/{author}/{slug}', '/model/acme/writer');
      await hold('GET', '/models/{name}', '/models/acme%2Fwriter');
      await hold('GET', '/models/{name}', '/models/nobody');
      await hold('GET', '/models/{author}/{slug}', '/models/acme/writer');
      await hold('GET', '/providers');
      await hold('GET', '/endpoints/zdr');
      await hold('GET', '/openapi.json');
    });

    it('the account and its keys', async () => {
      const { data } = await hold('POST', '/keys', '/keys', { name: 'backend', limit: 5, limit_reset: 'daily' });
      const { hash } = data as { hash: string };
      await hold('GET', '/keys');
      await hold('GET', '/keys/{hash}', `/keys/${hash}`);
      await hold('PATCH', '/keys/{hash}', `/keys/${hash}`, { name: 'front end' });
      await hold('DELETE', '/keys/{hash}', `/keys/${hash}`);
      await hold('GET', '/key');
      await hold('GET', '/credits');
      const today = new Date().toISOString().slice(0, 10);
      await hold('GET', '/activity', `/activity?date=${today}`);
      const made = await call('POST', '/chat/completions', { model: restModels.writer, messages });
      await hold('GET', '/generation', `/generation?id=${made.headers.get('x-generation-id')}`);
    });

    it('every operation that it has', () => {
      expect([...answered].sort()).toEqual(
        operations()
          .map(([name]) => name)
          .sort(),
      );
    });
  });
});
