/** What a chat client selects of a stream. */
export const streamOperation = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields { generationId sequence }
    ... on ContentDelta { text }
    ... on ReasoningDelta { text }
    ... on CompletionFinished { completion { finishReason usage { promptTokens completionTokens } cost } }
    ... on CompletionFailed { error { __typename ... on UserError { code message } } }
  }
}`;

/** A whole answer, with what it cost. */
export const completeOperation = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      generationId content finishReason model { slug } provider { slug }
      usage { promptTokens completionTokens } cost createdAt
    }
    ... on UserError { code message }
  }
}`;

/** A page of the catalog, as a list of models shows it. */
export const modelsOperation = `{
  models(first: 100) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      cursor
      node {
        id slug name author description createdAt contextLength maxCompletionTokens inputModalities outputModalities
        available pricing { prompt completion }
      }
    }
  }
}`;

/** How the upstream answers: see `upstream.ts`. */
export type Manner = 'flat' | 'mixed' | 'paced' | 'held';

/** The variables of a request for an answer of so many tokens. `image` is a data URL. */
export function graphqlInput(manner: Manner, tokens: number, image?: string): object {
  const message =
    image === undefined
      ? { role: 'USER', content: 'Say something.' }
      : { role: 'USER', parts: [{ text: { text: 'Describe it.' } }, { image: { url: image } }] };
  return { input: { model: `bench/${manner}`, maxTokens: tokens, messages: [message] } };
}

/** The same request as the upstream takes it. */
export function openaiBody(manner: Manner, tokens: number, stream: boolean, image?: string): string {
  const content =
    image === undefined
      ? 'Say something.'
      : [
          { type: 'text', text: 'Describe it.' },
          { type: 'image_url', image_url: { url: image } },
        ];
  return JSON.stringify({ model: manner, messages: [{ role: 'user', content }], max_tokens: tokens, stream });
}
