/** How many characters of base64 are looked at on either end. */
const checkedLength = 1024;

/**
 * What is wrong with a URL that should be an https address, or a data URL in base64 whose media type begins so; `undefined` where
 * nothing is. The sentence goes on from the field's name.
 */
export function mediaUrlFault(url: string, mediaType: string): string | undefined {
  return /^data:/i.test(url) ? dataUrlFault(url, mediaType) : addressFault(url);
}

/** What is wrong with base64 that may not be empty, as far as its beginning and its end tell; `undefined` where nothing is. */
export function base64Fault(data: string): string | undefined {
  // All of it would cost more than parsing the request it came with; the provider decodes it anyway.
  const ends = data.slice(0, checkedLength) + data.slice(-checkedLength);
  return ends === '' || /[^A-Za-z0-9+/=]/.test(ends) ? 'is not base64.' : undefined;
}

function addressFault(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:') return 'must be an https address or a data URL in base64.';
  if (parsed.username !== '' || parsed.password !== '') return 'must not hold a user name or password.';
  return undefined;
}

function dataUrlFault(url: string, mediaType: string): string | undefined {
  const comma = url.indexOf(',');
  const head = url.slice('data:'.length, comma).toLowerCase();
  if (comma === -1 || comma > 200 || !head.endsWith(';base64')) {
    return `is not a data URL in base64: \`data:${mediaType === '' ? 'application/pdf' : 'image/png'};base64,…\`.`;
  }
  if (!/^[\w.+-]+\/[\w.+-]+;/.test(head)) return 'is a data URL without a media type.';
  if (!head.startsWith(mediaType)) return `is a data URL of another kind than \`${mediaType}…\`.`;
  return base64Fault(url.slice(comma + 1));
}
