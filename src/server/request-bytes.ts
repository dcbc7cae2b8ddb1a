import type { IncomingMessage } from 'node:http';

/** Why a body could not be read. `status` is 413 for one that is too large, 400 for one that broke off. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reads a body of at most `limitBytes`, whatever the request says about its length. Rejects with UnreadableBody. */
export function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new UnreadableBody(413, `The body is larger than ${limitBytes} bytes.`);
    if (Number(request.headers['content-length']) > limitBytes) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let length = 0;
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) return chunks.push(chunk);
      request.off('data', collect);
      request.resume();
      return reject(tooLarge());
    };
    const brokeOff = () => reject(new UnreadableBody(400, 'The body broke off.'));
    request.on('data', collect);
    request.once('end', () => {
      request.off('close', brokeOff);
      resolve(Buffer.concat(chunks, length));
    });
    request.once('error', brokeOff);
    request.once('close', brokeOff);
  });
}
