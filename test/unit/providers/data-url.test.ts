import { expect, it } from 'vitest';
import { parseDataUrl } from '../../../src/providers/data-url.ts';

it.each([
  ['data:image/png;base64,iVBORw==', { mediaType: 'image/png', base64: 'iVBORw==' }],
  ['DATA:Image/PNG;Base64,iVBORw==', { mediaType: 'image/png', base64: 'iVBORw==' }],
  ['data:text/plain;charset=utf-8;base64,SGk=', { mediaType: 'text/plain', base64: 'SGk=' }],
  ['data:;base64,SGk=', { mediaType: 'text/plain', base64: 'SGk=' }],
  ['data:text/plain,Hi', undefined],
  ['data:image/png;base64', undefined],
  ['https://example.com/a;base64,b', undefined],
])('reads %s', (url, expected) => {
  expect(parseDataUrl(url)).toEqual(expected);
});
