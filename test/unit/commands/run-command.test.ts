import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Accounts, openAccounts } from '../../../src/accounts/accounts.ts';
import { runCommand } from '../../../src/commands/run-command.ts';
import { openStore } from '../../../src/storage/open-store.ts';
import { type Store, StoreUnavailable } from '../../../src/storage/store.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let store: Store;
let accounts: Accounts;
beforeEach(async () => {
  clock = createManualClock();
  store = await openStore({ url: ':memory:', clock });
  accounts = await openAccounts({ store, clock });
});
afterEach(async () => {
  accounts.close();
  await store.close();
});

/** Runs a command line on the test's own store. */
async function run(line: string) {
  const printed: string[] = [];
  const noted: string[] = [];
  let opened = 0;
  const print = (text: string) => void printed.push(text);
  const note = (text: string) => void noted.push(text);
  const code = await runCommand({
    words: line === '' ? [] : line.split(' '),
    print,
    note,
    open: async () => {
      opened += 1;
      const { apiKeys, administration, auditTrail, callers } = accounts;
      const close = async () => {
        opened -= 1;
      };
      return { apiKeys, administration, auditTrail, operator: callers.operator(), clock, print, note, close };
    },
  });
  expect(opened).toBe(0);
  return { code, out: printed.join('\n'), told: noted.join('\n') };
}
const show = async (secret: string) => accounts.authentication.authenticate({ secret, address: 'x' });

describe('keys', () => {
  it('are made with all that is said of them; the secret, and nothing else, is printed', async () => {
    const { code, out, told } = await run(
      'keys create --name ci --scope inference,keys:read --models a/* --models b/c --providers openai --limit 0.25 ' +
        '--reset monthly --expires 90d --requests-per-minute 60 --tokens-per-minute 1000 --concurrent-streams 2',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^sk-pm-v1-\w{49}$/);
    expect(told).toMatch(/^Made key-\S+ for acct-local\. This is its secret; it is shown this once:$/);
    const { keyId = '', ...caller } = await show(out);
    expect(caller).toMatchObject({
      accountId: 'acct-local',
      scopes: new Set(['inference', 'keys:read']),
      allowedModels: [['a/*', 'b/c']],
      allowedProviders: [['openai']],
      limits: { requestsPerMinute: 60, tokensPerMinute: 1_000, concurrentStreams: 2 },
      capped: true,
    });
    expect(await store.caps.get(`limit:${keyId}`)).toMatchObject({ limitNano: 250_000_000, reset: 'monthly' });
    const stored = await store.apiKeys.get('everyone', keyId);
    expect(stored?.expiresAt).toBe(clock.now() + 90 * 86_400_000);
  });

  it('are listed without their secrets, all pages of them', async () => {
    expect((await run('keys list')).out).toBe('There is no key.');
    const { out: secret } = await run('keys create --name first --limit 5 --expires 1d');
    await clock.advance(1);
    const { out: other } = await run('accounts create --name Other');
    for (let count = 0; count < 101; count += 1) await run(`keys create --name k${count} --account ${other}`);
    const { out } = await run('keys list');
    const lines = out.split('\n');
    expect(lines).toHaveLength(103);
    expect(lines[1]).toMatch(
      /^key-\S+ +first +acct-local +sk-pm-v1-\w{4}…\w{4} +0 of 5 USD +good until 2026-01-02T00:00Z$/,
    );
    expect(out).not.toContain(secret);
    expect((await run(`keys list --account ${other}`)).out.split('\n')).toHaveLength(102);
  });

  it('are rotated and revoked by their id', async () => {
    const { out: old } = await run('keys create --name ci');
    const id = (await show(old)).keyId;
    const { out: secret } = await run(`keys rotate ${id} --grace 0`);
    expect((await show(secret)).keyId).toBe(id);
    expect(await run(`keys revoke ${id}`)).toEqual({ code: 0, out: '', told: `Revoked ${id}.` });
    await expect(show(secret)).rejects.toThrow('revoked');
    expect((await run('keys list')).out).toContain('revoked');
  });
});

describe('accounts', () => {
  it('are made, listed, granted credits, given budgets and closed', async () => {
    const { out: id } = await run('accounts create --name Team --default-model a/b');
    expect(await store.accounts.get(id)).toMatchObject({ name: 'Team', defaultModel: 'a/b' });
    expect((await run(`accounts grant ${id} 10 --note welcome`)).out).toBe(`${id} has 10 USD.`);
    expect((await run(`accounts grant ${id} -0.5`)).out).toBe(`${id} has 9.5 USD.`);
    expect((await run(`accounts budget ${id} 5 --reset weekly`)).told).toBe(`${id} may spend 5 USD.`);
    expect((await run(`accounts budget ${id} none`)).told).toBe(`No budget limits ${id}.`);
    expect((await run(`accounts close ${id}`)).code).toBe(0);
    expect((await run('accounts list')).out).toMatch(new RegExp(`^${id} +Team +closed 2026-01-01$`, 'm'));
  });
});

describe('the audit log', () => {
  it('is verified, and the first entry named that was changed or taken out', async () => {
    await run('accounts create --name Team');
    const entries = await store.auditLog.count();
    expect(await run('audit verify')).toEqual({
      code: 0,
      out: `The audit log is whole: ${entries} entries.`,
      told: '',
    });
    const broken = vi.spyOn(store.auditLog, 'verify').mockResolvedValue({ entries: 1, brokenAt: 2 });
    expect(await run('audit verify')).toEqual({
      code: 1,
      out: '',
      told: 'Entry 2 of the audit log was changed or taken out.',
    });
    broken.mockRestore();
  });
});

describe('help', () => {
  it.each(['', '--help', 'help', '-h'])('comes for %j: all commands', async (line) => {
    const { code, out } = await run(line);
    expect(code).toBe(0);
    for (const command of ['start', 'keys create', 'keys list', 'keys revoke', 'accounts create', 'accounts grant']) {
      expect(out).toContain(`pointsman ${command}`);
    }
  });

  it('for a command says each of its options, and asks no database', async () => {
    const { code, out } = await run('keys create --help');
    expect(code).toBe(0);
    for (const option of ['--name', '--account', '--limit', '--reset', '--scope', '--expires'])
      expect(out).toContain(option);
    expect((await run('keys')).out).not.toContain('accounts create');
  });
});

describe('a mistake', () => {
  it.each([
    ['kees list', 'There is no command "kees". pointsman --help lists the commands.'],
    ['keys lost', 'There is no command "keys lost". pointsman --help lists the commands.'],
    ['constructor list', 'There is no command "constructor". pointsman --help lists the commands.'],
    ['keys create', 'Say what the key is called: --name NAME. Usage: pointsman keys create --name NAME [options]'],
    ['keys create --nme x', "Unknown option '--nme' Usage: pointsman keys create --name NAME [options]"],
    ['keys revoke', 'Too many or too few words. Usage: pointsman keys revoke KEY'],
    ['keys create --name x --limit five', '--limit must be US dollars, such as 5 or 0.25, not "five".'],
    ['keys create --name x --limit 5 --reset hourly', '--reset must be one of none, daily, weekly, monthly.'],
    ['keys create --name x --reset daily', '--reset needs --limit.'],
    ['keys create --name x --expires soon', '--expires must be a duration such as 30d, 12h or 15m, not "soon".'],
    ['keys create --name x --requests-per-minute many', '--requests-per-minute must be a whole number, not "many".'],
  ])('in how it is called, %j, is told in one line', async (line, message) => {
    const { code, out, told } = await run(line);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(told).toContain(message);
    expect(told).not.toContain('\n');
  });

  it.each([
    ['keys revoke key-none', 'There is no API key "key-none" that you may see.'],
    ['keys create --name x --account acct-none', 'There is no account "acct-none" that you may see.'],
    ['keys create --name x --scope root', 'There is no scope "root"'],
    ['accounts grant acct-none 5', 'There is no account "acct-none" that you may see.'],
  ])('in what is asked for, %j, too', async (line, message) => {
    const { code, told } = await run(line);
    expect(code).toBe(1);
    expect(told).toContain(message);
    expect(told).not.toContain('\n');
  });

  it('of nobody, a database that is away, is told in one line, too', async () => {
    const noted: string[] = [];
    const code = await runCommand({
      words: ['keys', 'list'],
      print: () => {},
      note: (text) => void noted.push(text),
      open: () => Promise.reject(new StoreUnavailable('The database is away.')),
    });
    expect(code).toBe(1);
    expect(noted).toEqual(['The database is away.']);
  });
});
