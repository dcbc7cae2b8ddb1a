/** How each path of the REST face asks for a generation, with the least that it needs. */
export const restFaces = {
  '/api/v1/chat/completions': { messages: [{ role: 'user', content: 'Hello' }] },
  '/api/v1/completions': { prompt: 'Hello' },
  '/api/v1/messages': { max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  '/api/v1/responses': { input: 'Hello' },
} as const;

/** The JSON of each event of a stream, without comments, signs of life and `[DONE]`. */
export function eventsIn(stream: string): Record<string, unknown>[] {
  return [...stream.matchAll(/^data: ?(\{.*\})\r?$/gm)].map(([, json]) => JSON.parse(json ?? ''));
}
