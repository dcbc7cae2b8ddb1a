import { describe, expect, it } from 'vitest';
import { appOf } from '../../../src/server/app-attribution.ts';

describe('the app that a request names', () => {
  it('is told by the origin of its address, and named by its title, the newer header first', () => {
    expect(appOf({ 'HTTP-Referer': 'https://Chat.example:8443/a/b?c=d#e', 'X-Title': 'Old' })).toEqual({
      url: 'https://chat.example:8443',
      title: 'Old',
    });
    expect(
      appOf({ 'http-referer': 'https://chat.example', 'x-title': 'Old', 'x-openrouter-title': 'New\r\nline' }),
    ).toEqual({ url: 'https://chat.example', title: 'New line' });
  });

  it('has at most two categories; what is not one is left out', () => {
    const headers = { 'http-referer': 'https://chat.example', 'x-openrouter-categories': 'cli-agent, <b>, Roleplay,x' };
    expect(appOf(headers)?.categories).toEqual(['cli-agent', 'roleplay']);
  });

  it.each([
    ['names none', {}],
    ['is no address', { 'http-referer': 'chat' }],
    ['is not on the web', { 'http-referer': 'javascript:alert(1)' }],
    ['is endless', { 'http-referer': `https://chat.example/${'x'.repeat(2_000)}` }],
    ['is this machine without a title', { 'http-referer': 'http://localhost:3000' }],
    ['is sent twice', { 'http-referer': ['https://a.example', 'https://b.example'] }],
    ['is not even headers', 'https://chat.example'],
  ])('is nobody where it %s', (_, headers) => expect(appOf(headers)).toBeUndefined());

  it('on this machine is told by its title', () => {
    expect(appOf({ 'http-referer': 'http://localhost:3000', 'x-title': 'Mine' })).toEqual({
      url: 'http://localhost:3000',
      title: 'Mine',
    });
  });
});
