import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CompleteDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { canaryKey, configurationFor, heldStream, model, saying } from '../support/chat-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { collected, socketClient, subscription } from '../support/socket-client.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const upstream = await startStubUpstream();
const other = await startStubUpstream();
afterAll(() => Promise.all([upstream.close(), other.close()]));
beforeEach(() => {
  upstream.respond(saying('Hello.'));
  other.respond(saying('Hello from elsewhere.'));
});

const newModel = 'acme/poet';
const messages = [{ role: 'USER' as const, content: 'Hello' }];
const ask = async (program: RunningProgram, slug: string) =>
  (await program.run(CompleteDocument, { input: { model: slug, messages } })).createChatCompletion;

describe('an edit of pointsman.yaml', () => {
  it('adds a model and moves a provider without dropping a stream', async () => {
    await using program = await startProgram({ configuration: configurationFor({ acme: upstream }) });
    expect(await ask(program, newModel)).toMatchObject({ __typename: 'ModelNotFound' });

    const held = heldStream('Before, ', 'and after.');
    upstream.respond(held.answer);
    const events = subscription(socketClient(program.ws), StreamDocument, { input: { model, messages } });
    expect(await events.next()).toMatchObject({
      value: { streamChatCompletion: { __typename: 'CompletionAccepted' } },
    });
    await upstream.nextRequest();

    await program.configure(configurationFor({ acme: other }, {}, [model, newModel]));
    await program.says(/"models":\d+,"msg":"configuration reloaded"/);
    expect(await ask(program, newModel)).toMatchObject({ content: 'Hello from elsewhere.' });
    expect(await ask(program, model)).toMatchObject({ content: 'Hello from elsewhere.' });

    held.release();
    const rest = (await collected(events)).map(({ streamChatCompletion: event }) => event);
    expect(rest.flatMap((event) => (event.__typename === 'ContentDelta' ? [event.text] : [])).join('')).toBe(
      'Before, and after.',
    );
    expect(rest.at(-1)).toMatchObject({ __typename: 'CompletionFinished' });
  });

  it('is not used when it is broken: the running one stays, and the log has the path and the fix', async () => {
    const configuration = configurationFor({ acme: upstream });
    await using program = await startProgram({ configuration });

    await program.configure({ ...configuration, defaultModle: model });
    const first = await program.says(/"the new configuration is not used; the running one stays"/);
    expect(first).toBeDefined();
    expect(program.output()).toContain(
      String.raw`"problem":"pointsman.yaml: defaultModle: is not a setting. Did you mean \"defaultModel\"?"`,
    );
    expect(await ask(program, model)).toMatchObject({ content: 'Hello.' });

    await program.configure({ ...configuration, defaultModel: 'acme/wirter' });
    await program.says(/pointsman\.yaml: defaultModel: [^\n]*acme\/writer[^\n]*not used/);
    await program.configure(`providers: {acme: {apiKey: "${canaryKey}`);
    await program.says(/pointsman\.yaml: line \d+, column \d+: [^\n]*not used/);
    expect(await ask(program, model)).toMatchObject({ content: 'Hello.' });

    await program.configure(configurationFor({ acme: upstream }, {}, [model, newModel]));
    await program.says(/configuration reloaded/);
    expect(await ask(program, newModel)).toMatchObject({ content: 'Hello.' });
    await program.stop();
    expect(program.output()).not.toContain(canaryKey);
  });
});

describe('SIGHUP', () => {
  it('reads the configuration again, whether or not it was edited', async () => {
    await using program = await startProgram({ configuration: configurationFor({ acme: upstream }) });
    program.signal('SIGHUP');
    await program.says(/"file":"pointsman.yaml","models":\d+,"msg":"configuration reloaded"/);
    expect(await ask(program, model)).toMatchObject({ content: 'Hello.' });
  });

  it('finds a configuration that was not there before', async () => {
    await using program = await startProgram();
    await program.configure(configurationFor({ acme: upstream }));
    program.signal('SIGHUP');
    await program.says(/configuration reloaded/);
    expect(await ask(program, model)).toMatchObject({ content: 'Hello.' });
  });
});
