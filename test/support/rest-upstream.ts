import { isStream, modelOf, refusing, saying, stalledStream } from './chat-upstream.ts';
import { jsonAnswer, type StubAnswer, type StubRequest, streamAnswer } from './stub-upstream.ts';

/** What each model of the upstream does; the tests of all REST clients ask the same ones. */
export const restModels = {
  writer: 'acme/writer',
  caller: 'acme/caller',
  thinker: 'acme/thinker',
  structurer: 'acme/structurer',
  painter: 'acme/painter',
  broken: 'acme/broken',
  cut: 'acme/cut',
  silent: 'acme/silent',
} as const;

export const weatherCall = { name: 'weather', arguments: '{"city":"Oslo"}' };
export const thought = 'Let me think. Two and two.';
export const structured = '{"answer":4}';
export const imageUrl = 'data:image/png;base64,iVBORw0KGgo=';

const envelope = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'm' };
const usage = {
  prompt_tokens: 11,
  completion_tokens: 5,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

/** Answers each model in its own way. */
export function answerRest(request: StubRequest): StubAnswer {
  switch (`acme/${modelOf(request)}`) {
    case restModels.caller:
      return said(request, 'tool_calls', [
        {
          tool_calls: [
            { index: 0, id: 'call_1', type: 'function', function: { name: weatherCall.name, arguments: '{"ci' } },
          ],
        },
        { tool_calls: [{ index: 0, function: { arguments: 'ty":"Oslo"}' } }] },
      ]);
    case restModels.thinker:
      return said(request, 'stop', [
        { reasoning_content: 'Let me think. ' },
        { reasoning_content: 'Two and two.' },
        { content: 'Four.' },
      ]);
    case restModels.structurer:
      return said(request, 'stop', [{ content: '{"answer"' }, { content: ':4}' }]);
    case restModels.painter:
      return said(request, 'stop', [
        { content: 'Here.' },
        { images: [{ type: 'image_url', image_url: { url: imageUrl } }] },
      ]);
    case restModels.broken:
      return refusing(500, 'The upstream is broken');
    case restModels.cut:
      return isStream(request)
        ? {
            headers: { 'content-type': 'text/event-stream' },
            body: [
              { write: chunk({ content: 'Half' }) },
              { waitMs: 300 },
              { write: 'data: {"error":{"message":"It broke"}}\n\n' },
            ],
          }
        : refusing(500, 'It broke');
    case restModels.silent:
      return stalledStream('One');
    default:
      return saying('Good ', 'day.')(request);
  }
}

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', choices })}\n\n`;
}

function said(request: StubRequest, finish: string, deltas: readonly object[]): StubAnswer {
  if (!isStream(request)) {
    const choices = [
      { index: 0, message: { role: 'assistant', content: null, ...joined(deltas) }, finish_reason: finish },
    ];
    return jsonAnswer({ ...envelope, object: 'chat.completion', choices, usage });
  }
  const last = `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', choices: [], usage })}\n\n`;
  return streamAnswer([...deltas.map((delta) => chunk(delta)), chunk({}, finish), last, 'data: [DONE]\n\n']);
}

/** The message that the deltas make. */
function joined(deltas: readonly object[]): object {
  const message: Record<string, unknown> = {};
  for (const [name, value] of deltas.flatMap((delta) => Object.entries(delta))) {
    if (typeof value === 'string') message[name] = `${message[name] ?? ''}${value}`;
    else if (name === 'tool_calls') message[name] = [{ id: 'call_1', type: 'function', function: weatherCall }];
    else message[name] = value;
  }
  return message;
}
