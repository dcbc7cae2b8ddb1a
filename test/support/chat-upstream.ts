import { jsonAnswer, type StubAnswer, type StubRequest, type StubUpstream, streamAnswer } from './stub-upstream.ts';

/** The key that the configurations of end-to-end tests give their providers. It may appear nowhere but at the provider. */
export const canaryKey = 'sk-canary-0c5e7d21b9f84a36';

/** The model that `configurationFor` describes by default. */
export const model = 'acme/writer';

const envelope = { id: 'chatcmpl-7', created: 1790000000, model: 'writer' };
const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };

function chunk(fields: object): string {
  return `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', ...fields })}\n\n`;
}

/** Frames of a stream in OpenAI's form. */
export const frames = {
  opening: chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  text: (content: string) => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  closing: `${chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${chunk({ choices: [], usage })}data: [DONE]\n\n`,
  error: (message: string) => `data: ${JSON.stringify({ error: { message, type: 'server_error', code: 500 } })}\n\n`,
};

/** Answers with these pieces of text: as a stream, frame by frame, or whole, whichever the request asks for. */
export function saying(...pieces: readonly string[]): (request: StubRequest) => StubAnswer {
  return (request) =>
    isStream(request) ? streamAnswer([frames.opening, ...pieces.map(frames.text), frames.closing]) : whole(pieces);
}

/** An answer that waits for the test. */
export interface HeldAnswer {
  readonly answer: StubAnswer;
  readonly release: () => void;
  /** Resolves when the test has released it. */
  readonly released: Promise<void>;
}

/** Starts a stream with `first`, and says `last` and ends it when the test lets it. */
export function heldStream(first: string, last: string): HeldAnswer {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const answer: StubAnswer = {
    headers: { 'content-type': 'text/event-stream' },
    body: [
      { write: frames.opening + frames.text(first) },
      { until: released },
      { write: frames.text(last) + frames.closing },
    ],
  };
  return { answer, release, released };
}

/** Starts a stream with `first` and then says nothing until the client leaves. */
export function stalledStream(first: string): StubAnswer {
  return {
    headers: { 'content-type': 'text/event-stream' },
    body: [{ write: frames.opening + frames.text(first) }, { stall: true }],
  };
}

/** Refuses with a status and an error in OpenAI's form. */
export function refusing(status: number, message: string, headers: Readonly<Record<string, string>> = {}): StubAnswer {
  return jsonAnswer({ error: { message, type: 'error', param: null, code: null } }, status, headers);
}

/** Answers each model in its own way, and any other as `otherwise` does. */
export function scripted(
  answers: Readonly<Record<string, (request: StubRequest) => StubAnswer>>,
  otherwise: (request: StubRequest) => StubAnswer = () => refusing(404, 'There is no such model'),
): (request: StubRequest) => StubAnswer {
  return (request) => (answers[modelOf(request)] ?? otherwise)(request);
}

/** The upstream model that a request asks for. */
export function modelOf({ json }: StubRequest): string {
  return typeof json === 'object' && json !== null && 'model' in json ? String(json.model) : '';
}

/** Whether a request asks for a stream. */
export function isStream({ json }: StubRequest): boolean {
  return typeof json === 'object' && json !== null && 'stream' in json && json.stream === true;
}

/**
 * A configuration in which each upstream is a provider, by the name that it is given, and serves every one of `models` as what
 * follows its slash; the first upstream is the cheapest, and so on. `more` adds or overrides settings at the top.
 */
export function configurationFor(
  upstreams: Readonly<Record<string, StubUpstream>>,
  more: object = {},
  models: readonly string[] = [model],
): { readonly routing: object; readonly server: object; readonly providers: object; readonly models: object } {
  const providers = Object.entries(upstreams).map(([name, { url }]) => [
    name,
    { dialect: 'openai-compatible', baseUrl: `${url}/v1`, apiKey: canaryKey },
  ]);
  const described = models.map((slug) => [slug, { contextLength: 8192, endpoints: endpointsOf(slug, upstreams) }]);
  const routing = { strategy: 'price' };
  // A machine that is busy with other tests refuses nothing.
  const server = { shedding: false };
  return { routing, server, providers: Object.fromEntries(providers), models: Object.fromEntries(described), ...more };
}

function endpointsOf(slug: string, upstreams: object): object[] {
  return Object.keys(upstreams).map((provider, index) => ({
    provider,
    upstreamModel: slug.slice(slug.indexOf('/') + 1),
    pricing: { perMillion: { prompt: index + 1, completion: index + 1 } },
  }));
}

function whole(pieces: readonly string[]): StubAnswer {
  const message = { role: 'assistant', content: pieces.join(''), refusal: null };
  return jsonAnswer({
    ...envelope,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  });
}
