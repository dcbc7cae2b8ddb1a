import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restFaces } from '../support/rest-faces.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const generations = createScriptedGenerations({ complete: async () => completionBy(catalog, 'birch/reader@quarry') });
const server = await startServer({ generations, catalog: () => catalog });
afterAll(() => server[Symbol.asyncDispose]());

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}
let schemas: Readonly<Record<string, Schema>> = {};
beforeAll(async () => {
  const { paths } = (await (await fetch(`${server.url}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: Schema }> } } }>;
  };
  schemas = Object.fromEntries(
    Object.entries(paths).map(([path, { post }]) => [
      `/api/v1${path}`,
      post?.requestBody.content['application/json']?.schema ?? {},
    ]),
  );
});

/** Fields that do something, each with a value that OpenRouter's contract allows. */
const common = {
  model: 'large',
  models: ['birch/reader'],
  route: 'fallback',
  provider: {
    order: ['quarry'],
    allow_fallbacks: true,
    require_parameters: false,
    data_collection: 'allow',
    zdr: false,
    only: ['quarry'],
    ignore: ['nobody'],
    quantizations: ['int4', 'int8', 'fp4', 'mxfp4', 'nvfp4', 'fp6', 'fp8', 'mxfp8', 'fp16', 'bf16', 'fp32', 'unknown'],
    sort: { by: 'price', partition: 'none' },
    max_price: { prompt: 1, completion: '2', request: 0, image: 0.5 },
    preferred_min_throughput: { p50: 10, p75: 9, p90: 8, p99: 7 },
    preferred_max_latency: 3,
  },
  max_tokens: 100,
  max_completion_tokens: 100,
  temperature: 2,
  top_p: 1,
  top_k: 0,
  min_p: 0.1,
  top_a: 0.1,
  frequency_penalty: -2,
  presence_penalty: 2,
  repetition_penalty: 1,
  seed: 7,
  stop: ['a', 'b', 'c', 'd'],
  logit_bias: { 11: -100 },
  n: 1,
  user: 'u',
  safety_identifier: 'u',
  session_id: 's'.repeat(256),
  prompt_cache_key: 'k',
};
const commonIgnored = {
  preset: 'mine',
  plugins: [{ id: 'web', enabled: true, max_results: 5 }, { id: 'response-healing' }],
  transforms: ['middle-out'],
  stream_options: { include_usage: true },
  usage: { include: true },
  service_tier: 'flex',
  trace: { trace_id: 't', span_name: 's' },
  debug: { echo_upstream_body: true },
};

const chat = {
  read: {
    ...common,
    tools: [
      {
        type: 'function',
        function: { name: 'weather', strict: true },
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
      { type: 'openrouter:web_search', parameters: { max_results: 2 } },
    ],
    tool_choice: { type: 'function', function: { name: 'weather' } },
    parallel_tool_calls: true,
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {}, strict: true } },
    reasoning: { effort: 'xhigh', exclude: true, enabled: true, summary: 'auto' },
    reasoning_effort: 'xhigh',
    include_reasoning: false,
    verbosity: 'max',
    logprobs: true,
    top_logprobs: 20,
    prediction: { type: 'content', content: 'x' },
    cache_control: { type: 'ephemeral', ttl: '5m' },
  },
  ignored: {
    ...commonIgnored,
    prompt: 'an older form',
    metadata: { a: 'b' },
    stop_server_tools_when: [{ type: 'step_count_is', step_count: 3 }],
    structured_outputs: true,
    modalities: ['text', 'image'],
    image_config: { aspect_ratio: '1:1' },
    prompt_cache_options: { mode: 'explicit', ttl: '1h' },
    web_search_options: { search_context_size: 'low' },
    audio: { voice: 'v', format: 'wav' },
    store: true,
  },
};
const requests: Readonly<Record<string, { readonly read: object; readonly ignored: object }>> = {
  '/api/v1/chat/completions': chat,
  '/api/v1/completions': {
    read: common,
    ignored: { ...commonIgnored, metadata: {}, logprobs: 3, echo: true, suffix: 'z', best_of: 2 },
  },
  '/api/v1/messages': {
    read: {
      ...{
        model: 'large',
        models: ['birch/reader'],
        fallbacks: [{ model: 'birch/reader' }],
        provider: common.provider,
      },
      ...{ temperature: 1, top_p: 1, top_k: 3, user: 'u', session_id: 's', metadata: { user_id: 'u' } },
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      stop_sequences: ['END'],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: { effort: 'low', format: { type: 'json_schema', schema: {} } },
      tools: [
        { name: 'weather', input_schema: {} },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      cache_control: { type: 'ephemeral' },
    },
    ignored: {
      ...{ plugins: [{ id: 'web' }], preset: 'mine', transforms: [], trace: {}, service_tier: 'auto' },
      ...{ container: 'c', context_management: {}, inference_geo: 'eu', mcp_servers: [], speed: 'fast' },
    },
  },
  '/api/v1/responses': {
    read: {
      ...common,
      instructions: 'Be brief.',
      max_output_tokens: 100,
      tools: [{ type: 'function', name: 'weather', parameters: {}, strict: true }, { type: 'web_search' }],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'weather' }] },
      parallel_tool_calls: false,
      text: { format: { type: 'json_schema', name: 'a', schema: {}, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      top_logprobs: 2,
      metadata: { a: 'b' },
    },
    ignored: { ...commonIgnored, store: false, background: false, truncation: 'auto', max_tool_calls: 3 },
  },
};
const faces = Object.keys(restFaces) as (keyof typeof restFaces)[];

describe.each(faces)('POST %s', (path) => {
  const { read, ignored } = requests[path] ?? expect.fail(`no fields of ${path}`);

  async function ask(body: object): Promise<number> {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-session-id': 's', 'http-referer': 'https://app.example' },
      body: JSON.stringify({ ...restFaces[path], ...body }),
    });
    const text = await response.text();
    expect(text).not.toContain('"error":{');
    return response.status;
  }

  it('takes every field of the contract at once, and what no contract knows', async () => {
    expect(await ask({ ...read, ...ignored, no_such_field: { deep: [1] } })).toBe(200);
  });

  it('asks for the same without the fields that have no effect, whatever they hold', async () => {
    const odd = Object.fromEntries(Object.keys(ignored).map((name) => [name, { odd: [null] }]));
    expect(await ask({ ...read, ...odd })).toBe(200);
    expect(await ask(read)).toBe(200);
    expect(generations.requests.at(-2)).toEqual(generations.requests.at(-1));
  });

  it('takes null for every field that it does not need', async () => {
    const nulls = Object.fromEntries([...Object.keys(read), ...Object.keys(ignored)].map((name) => [name, null]));
    expect(await ask(nulls)).toBe(200);
  });

  it('says in the OpenAPI document which fields there are, and which have no effect', () => {
    const { properties = {} } = schemas[path] ?? {};
    const withoutEffect = (name: string) => properties[name]?.description?.includes('without effect') === true;
    expect(Object.keys(properties)).toEqual(expect.arrayContaining([...Object.keys(read), ...Object.keys(ignored)]));
    expect(Object.keys(properties).filter(withoutEffect).toSorted()).toEqual(Object.keys(ignored).toSorted());
  });
});

it('POST /chat/completions takes every kind of message and part, with every field that the contract gives them', async () => {
  const marks = { cache_control: { type: 'ephemeral', ttl: '5m' }, prompt_cache_breakpoint: { mode: 'explicit' } };
  const messages = [
    { role: 'system', content: 'Be brief.', name: 'house', configuration_update: { reasoning: { effort: 'low' } } },
    { role: 'developer', content: [{ type: 'text', text: 'Be kind.', ...marks }] },
    {
      role: 'user',
      name: 'Ada',
      content: [
        { type: 'text', text: 'What is this?', ...marks },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'original' }, ...marks },
        { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      name: 'helper',
      model: 'acme/large',
      refusal: null,
      reasoning: 'Hm.',
      reasoning_content: 'Hm.',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm.', signature: 's', id: null, format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.server_tool_call', tool_name: 'web_search', arguments: '{}', result: '', index: 1 },
      ],
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }],
      audio: { id: 'audio_1' },
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }],
      tool_calls: [{ id: 'call_1', type: 'function', index: 0, function: { name: 'weather', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'rain' }], name: 'weather' },
    { role: 'assistant', content: 'It', prefix: true },
  ];
  const response = await fetch(`${server.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  });
  expect(response.status).toBe(200);
  expect(generations.requests.at(-1)?.messages).toHaveLength(messages.length);
});
