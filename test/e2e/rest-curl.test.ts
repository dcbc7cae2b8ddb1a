import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { restModels } from '../support/rest-upstream.ts';

const { program } = await useRestProgram();
const run = promisify(execFile);

async function curl(path: string, ...args: string[]): Promise<string> {
  const key = ['-H', `Authorization: Bearer ${adminKey}`];
  const { stdout } = await run('curl', ['-sS', '--max-time', '15', ...key, ...args, `${program().url}${path}`]);
  return stdout;
}
const chat = (body: object) => ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
const messages = [{ role: 'user', content: 'Hello' }];

describe('curl as a client', () => {
  it('gets a whole answer, whose cost is a plain JSON number', async () => {
    const answer = await curl('/v1/chat/completions', ...chat({ model: restModels.writer, messages }));
    expect(answer).toContain('"cost":0.000016,');
  });

  it('gets a stream, event by event', async () => {
    const body = { model: restModels.writer, messages, stream: true };
    const answer = await curl('/api/v1/chat/completions', '-N', ...chat(body));
    expect(answer).toMatch(/^: POINTSMAN PROCESSING\ndata: \{/);
    expect(answer).toMatch(/\n\ndata: \[DONE\]\n\n$/);
    expect(answer.match(/"usage":/g)).toHaveLength(1);
  });

  it('lists models, and sees the status of an error', async () => {
    expect(JSON.parse(await curl('/v1/models')).data.map(({ id }: { id: string }) => id)).toContain(restModels.writer);
    const refused = await curl('/v1/chat/completions', '-w', '\n%{http_code}', ...chat({ messages: [] }));
    expect(refused).toMatch(/\n400$/);
  });
});
