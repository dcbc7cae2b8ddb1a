import { describe, expect, it } from 'vitest';
import { createAccess, isLoopbackName, refusalToStart } from '../../../src/server/access.ts';

describe('access', () => {
  it('is open to everybody without a key: trusted, but strangers in production', () => {
    expect(createAccess({ production: false })).toMatchObject({ keyed: false, anonymous: 'trusted' });
    expect(createAccess({ production: true }).judge({ authorization: 'Bearer anything' })).toBe('stranger');
  });

  it('is by the key alone where there is one', () => {
    const access = createAccess({ adminKey: 'k1', production: false });
    expect(access.judge({ authorization: 'Bearer k1' })).toBe('trusted');
    expect(access.judge({ headers: { 'X-API-Key': ' k1 ' } })).toBe('trusted');
    for (const wrong of [
      undefined,
      null,
      'k1',
      {},
      { authorization: 'k2' },
      { authorization: ['Bearer k1'] },
      { apiKey: 7 },
    ]) {
      expect(access.judge(wrong)).toBe('refused');
    }
  });
});

describe('a server that others can reach', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'llm.example'])('does not start on %s without a key, and says why', (host) => {
    expect(refusalToStart({ host })).toContain('POINTSMAN_ADMIN_KEY');
    expect(refusalToStart({ host, adminKey: '' })).toContain(host);
    expect(refusalToStart({ host, adminKey: 'k1' })).toBeUndefined();
  });

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('is not one on %s', (host) => {
    expect(refusalToStart({ host })).toBeUndefined();
  });

  it('is not hidden by a name that only looks like this machine', () => {
    expect(['localhost.evil.example', '127.0.0.1.evil.example', 'evil-localhost'].some(isLoopbackName)).toBe(false);
  });
});
