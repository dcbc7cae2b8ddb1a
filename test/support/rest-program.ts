import { afterAll, beforeAll } from 'vitest';
import { configurationFor } from './chat-upstream.ts';
import { answerRest, restModels } from './rest-upstream.ts';
import { type RunningProgram, startProgram } from './running-program.ts';
import { type StubUpstream, startStubUpstream } from './stub-upstream.ts';

/** The administrator's key of the program that REST clients are tried against. */
export const adminKey = 'admin-of-the-rest-tests';

/** The real program, keyed, in front of an upstream that has every model of `restModels`; both end with the test file. */
export async function useRestProgram(): Promise<{
  readonly upstream: StubUpstream;
  readonly program: () => RunningProgram;
}> {
  const upstream = await startStubUpstream();
  let program: RunningProgram | undefined;
  beforeAll(async () => {
    upstream.respond(answerRest);
    const described = configurationFor({ acme: upstream }, {}, Object.values(restModels));
    const seeing = { contextLength: 8192, inputModalities: ['text', 'image'] };
    const painter = {
      ...seeing,
      endpoints: [{ provider: 'acme', upstreamModel: 'painter', pricing: { prompt: '0', completion: '0' } }],
    };
    const configuration = { ...described, models: { ...described.models, [restModels.painter]: painter } };
    program = await startProgram({ configuration, environment: { POINTSMAN_ADMIN_KEY: adminKey } });
  });
  afterAll(() => upstream.close());
  return {
    upstream,
    program: () => {
      if (program === undefined) throw new Error('the program has not started');
      return program;
    },
  };
}
