import { describe, expect, it } from 'vitest';
import type { Shown } from '../../../src/accounts/authentication.ts';
import { makeSecret } from '../../../src/accounts/secret.ts';
import { createAccess, isLoopbackName, refusalToStart } from '../../../src/server/access.ts';
import { aCaller } from '../../support/a-caller.ts';

const keyHolder = aCaller({ keyId: 'key-7' });
const passerBy = aCaller({ accountId: 'acct-local' });
const ours = makeSecret('key');
const from = { address: '192.0.2.1', headers: {} };

function setUp(open: boolean) {
  const shown: Shown[] = [];
  const authentication = {
    authenticate: (what: Shown) => {
      shown.push(what);
      return keyHolder;
    },
  };
  const access = createAccess({ authentication, strangers: true, ...(open && { anonymous: () => passerBy }) });
  return { access, shown };
}

describe('access', () => {
  it('is everybody’s where no key is asked, who may be strangers', () => {
    const { access, shown } = setUp(true);
    expect(access).toMatchObject({ keyed: false, forStrangers: true });
    for (const credentials of [undefined, {}, { authorization: 'Bearer sk-of-another-service' }, { apiKey: 7 }]) {
      expect(access.identify(credentials, from)).toBe(passerBy);
    }
    expect(shown).toEqual([]);
  });

  it('looks at a key of ours also where none is asked, well typed or not', () => {
    const { access, shown } = setUp(true);
    expect(access.identify({ authorization: `Bearer ${ours}` }, from)).toBe(keyHolder);
    void access.identify({ authorization: 'Bearer sk-pm-v1-mistyped' }, from);
    expect(shown.map(({ secret }) => secret)).toEqual([ours, 'sk-pm-v1-mistyped']);
  });

  it('is by a key alone where one is asked', () => {
    const { access, shown } = setUp(false);
    expect(access).toMatchObject({ keyed: true, forStrangers: false });
    for (const none of [undefined, null, 'k1', {}, { authorization: ['Bearer k1'] }, { apiKey: 7 }]) {
      expect(access.present(none)).toBe(false);
      expect(() => access.identify(none, from)).toThrow('No key was shown');
    }
    for (const credentials of [
      { authorization: 'Bearer k1' },
      { Authorization: 'bearer  k1' },
      { 'X-API-Key': ' k1 ' },
      { apiKey: 'k1' },
      { headers: { authorization: 'Bearer k1' } },
    ]) {
      expect(access.present(credentials)).toBe(true);
      expect(access.identify(credentials, from)).toBe(keyHolder);
    }
    expect(new Set(shown.map(({ secret }) => secret))).toEqual(new Set(['k1']));
  });

  it('takes a key of ours before any other that came with it', () => {
    const { access, shown } = setUp(false);
    void access.identify({ authorization: 'Bearer of-a-proxy', 'x-api-key': ours }, from);
    expect(shown.map(({ secret }) => secret)).toEqual([ours]);
  });

  it('says from which address and from which origin a key came', () => {
    const { access, shown } = setUp(false);
    void access.identify({ apiKey: 'k1' }, { address: '192.0.2.1', headers: { origin: 'https://chat.example' } });
    expect(shown).toEqual([{ secret: 'k1', address: '192.0.2.1', origin: 'https://chat.example' }]);
  });

  it('attributes the request to the app that it names, unless the account will have none of it', () => {
    const headers = { 'http-referer': 'https://chat.example/room?id=1', 'x-title': 'Chat' };
    const app = { url: 'https://chat.example', title: 'Chat' };
    expect(setUp(true).access.identify(headers, { address: '', headers })).toEqual({ ...passerBy, app });
    expect(setUp(false).access.identify({ apiKey: 'k1', ...headers }, from)).toEqual({ ...keyHolder, app });
    const shy = aCaller({ attribution: false });
    const authentication = { authenticate: () => shy };
    const access = createAccess({ authentication, strangers: false });
    expect(access.identify({ apiKey: 'k1' }, { address: '', headers })).toBe(shy);
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
