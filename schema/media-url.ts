import { base64Fault, mediaUrlFault } from '../src/media-url.ts';
import { refuse } from './check.ts';

/** Throws InvalidRequest unless it is an https address, or a data URL in base64 whose media type begins so. */
export function checkMediaUrl(path: string, url: string, mediaType: string): void {
  const fault = mediaUrlFault(url, mediaType);
  if (fault !== undefined) refuse(path, fault);
}

/** Throws InvalidRequest unless it is base64 that is not empty, as far as its beginning and its end tell. */
export function checkBase64(path: string, data: string): void {
  const fault = base64Fault(data);
  if (fault !== undefined) refuse(path, fault);
}
