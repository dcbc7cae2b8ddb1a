import { refuse } from './check.ts';

/** How many characters of base64 are looked at on either end. */
const checkedLength = 1024;

/** Throws InvalidRequest unless it is an https address, or a data URL in base64 whose media type begins so. */
export function checkMediaUrl(path: string, url: string, mediaType: string): void {
  if (/^data:/i.test(url)) checkDataUrl(path, url, mediaType);
  else checkAddress(path, url);
}

/** Throws InvalidRequest unless it is base64 that is not empty, as far as its beginning and its end tell. */
export function checkBase64(path: string, data: string): void {
  // All of it would cost more than parsing the request it came with; the provider decodes it anyway.
  const ends = data.slice(0, checkedLength) + data.slice(-checkedLength);
  if (ends === '' || /[^A-Za-z0-9+/=]/.test(ends)) refuse(path, 'is not base64.');
}

function checkAddress(path: string, url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:') refuse(path, 'must be an https address or a data URL in base64.');
  if (parsed.username !== '' || parsed.password !== '') refuse(path, 'must not hold a user name or password.');
}

function checkDataUrl(path: string, url: string, mediaType: string): void {
  const comma = url.indexOf(',');
  const head = url.slice('data:'.length, comma).toLowerCase();
  if (comma === -1 || comma > 200 || !head.endsWith(';base64')) {
    refuse(
      path,
      `is not a data URL in base64: \`data:${mediaType === '' ? 'application/pdf' : 'image/png'};base64,…\`.`,
    );
  }
  if (!/^[\w.+-]+\/[\w.+-]+;/.test(head)) refuse(path, 'is a data URL without a media type.');
  if (!head.startsWith(mediaType)) refuse(path, `is a data URL of another kind than \`${mediaType}…\`.`);
  checkBase64(path, url.slice(comma + 1));
}
