import { expect, it } from 'vitest';
import { type SeenEvent, streamDocument } from '../support/callers.ts';
import { framesOf, openAIWire } from '../support/dialect-wires.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { startProgram } from '../support/running-program.ts';
import { startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';
import { oneModel } from '../support/whole-server.ts';

/** Ten times what the programme aims at, so that nothing but a stall reaches it on a busy machine. */
const longestStallSeconds = 1;
const burst = 100_000;

it('a burst of 100,000 events in one write does not hold up the server, over WebSocket or SSE', async () => {
  const upstream = await startStubUpstream();
  await using program = await startProgram({ configuration: oneModel({ acme: { baseUrl: upstream.url } }) });
  try {
    const texts = Array.from({ length: burst }, (_, index) => `${index} `);
    upstream.respond(streamAnswer([framesOf(openAIWire, ...texts).join('')]));
    const variables = { input: { messages: [{ role: 'USER', content: 'Count.' }] } };
    const expected = texts.join('');

    await using socket = await openSocket(program.ws);
    await socket.init();
    await stall(program.url);
    socket.subscribe('1', streamDocument, { variables });
    let overSocket = '';
    for (const { type, payload } of await socket.receiveUntil('complete')) {
      if (type === 'next') overSocket += textOf((payload as Payload).data.streamChatCompletion);
    }
    const stallOverSocket = await stall(program.url);
    expect(overSocket).toBe(expected);
    expect(stallOverSocket).toBeLessThan(longestStallSeconds);

    const response = await program.post({ query: streamDocument, variables }, { accept: 'text/event-stream' });
    let overEvents = '';
    for (const frame of (await response.text()).split('\n\n')) {
      const data = frame.split('\ndata: ')[1];
      if (data !== undefined) overEvents += textOf((JSON.parse(data) as Payload).data.streamChatCompletion);
    }
    const stallOverEvents = await stall(program.url);
    expect(overEvents).toBe(expected);
    expect(stallOverEvents).toBeLessThan(longestStallSeconds);
    console.log(
      `longest stall: ${stallOverSocket.toFixed(3)} s over WebSocket, ${stallOverEvents.toFixed(3)} s over SSE`,
    );
  } finally {
    await upstream.close();
  }
}, 60_000);

interface Payload {
  readonly data: { readonly streamChatCompletion: SeenEvent };
}

function textOf(event: SeenEvent): string {
  return event.text ?? '';
}

/** The longest delay of the program's event loop since this was asked last, seconds. */
async function stall(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, seconds] = /^pointsman_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(metrics) ?? [];
  return Number(seconds);
}
