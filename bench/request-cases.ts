import type { Case, Subject } from './case.ts';
import { createPost } from './clients.ts';
import { cpuMicrosPer, together } from './measure.ts';
import { completeOperation, graphqlInput, modelsOperation, openaiBody } from './operations.ts';
import type { ServerName } from './servers.ts';

/** Ten million characters of base64, of which an image of 7.5 MB becomes. */
const image = `data:image/png;base64,${'iVBORw0KGgoA'.repeat(10_000_000 / 12)}`;

const completion = JSON.stringify({ query: completeOperation, variables: graphqlInput('flat', 200) });
const imageCompletion = JSON.stringify({ query: completeOperation, variables: graphqlInput('flat', 10, image) });
const models = JSON.stringify({ query: modelsOperation });

/** The cases of one request and one answer. */
export const requestCases: readonly Case[] = [
  {
    name: 'completion',
    title: 'a completion of 200 tokens as JSON',
    unit: 'CPU µs',
    subjects: {
      raw: posting('raw', '/v1/chat/completions', openaiBody('flat', 200, false), 1_500),
      GraphQL: posting('pointsman', '/graphql', completion, 1_500),
    },
  },
  {
    name: 'image',
    title: 'a completion with an image of 10 MB in its request',
    unit: 'CPU µs',
    subjects: {
      raw: posting('raw', '/v1/chat/completions', openaiBody('flat', 10, false, image), 20),
      GraphQL: posting('pointsman', '/graphql', imageCompletion, 20),
    },
  },
  {
    name: 'models',
    title: 'a page of 100 models',
    unit: 'CPU µs',
    subjects: {
      Yoga: posting('yoga', '/graphql', models, 200),
      GraphQL: posting('pointsman', '/graphql', models, 200),
    },
  },
];

function posting(name: ServerName, path: string, body: string, times: number): Subject {
  return async (bench) => {
    const requests = Math.ceil(times * bench.scale);
    const server = await bench.server(name);
    const { post, close } = createPost(server.url + path);
    try {
      return await cpuMicrosPer(server, requests, () => together(requests, 4, () => post(body)));
    } finally {
      close();
    }
  };
}
