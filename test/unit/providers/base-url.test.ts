import { expect, it } from 'vitest';
import { withUsualPath } from '../../../src/providers/base-url.ts';

it.each([
  ['https://api.example.com', 'https://api.example.com/v1'],
  ['https://api.example.com/', 'https://api.example.com/v1'],
  ['https://api.example.com/v1beta', 'https://api.example.com/v1beta'],
  ['https://gateway.example.com/anthropic/v1/', 'https://gateway.example.com/anthropic/v1/'],
])('makes %s into %s', (given, expected) => {
  expect(withUsualPath(given, '/v1')).toBe(expected);
});
