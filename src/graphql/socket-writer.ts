import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import { createBackpressure } from '../server/backpressure.ts';

/** Writes text messages to one WebSocket, whatever a turn of the event loop brings in one go. */
export interface SocketWriter {
  /** Buffers a message; after the socket's end it does nothing. */
  readonly write: (text: string) => void;
  /** Sends what is buffered now, as must be done before the socket is closed. */
  readonly flush: () => void;
  /** `undefined` where the reader keeps up; otherwise resolves when it does again, or is gone. */
  readonly room: () => Promise<void> | undefined;
}

/** So much waits for the end of the turn at most. */
const maxBufferedLength = 32_768;

/**
 * `stream` is the connection under the socket. Data frames are written to it directly, many at once, which is safe since `ws`
 * itself writes whole frames and compresses none.
 */
export function createSocketWriter(socket: WebSocket, stream: Duplex, clock: Clock, stallMs: number): SocketWriter {
  let texts: string[] = [];
  let length = 0;
  let scheduled = false;

  function flush(): void {
    if (texts.length > 0 && socket.readyState === socket.OPEN) stream.write(textFrames(texts));
    texts = [];
    length = 0;
  }

  return {
    write: (text) => {
      if (socket.readyState !== socket.OPEN) return;
      texts.push(text);
      length += text.length;
      if (length > maxBufferedLength) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(() => {
          scheduled = false;
          flush();
        });
      }
    },
    flush,
    room: createBackpressure(stream, clock, stallMs),
  };
}

/** Unmasked, unfragmented text frames (RFC 6455, section 5.2), one after another. */
function textFrames(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + headerSize(size) + size, 0));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end = writeHeader(frames, end, sizes[index] ?? 0);
    end += frames.write(text, end);
  }
  return frames;
}

function headerSize(payloadSize: number): number {
  if (payloadSize < 126) return 2;
  return payloadSize < 65_536 ? 4 : 10;
}

function writeHeader(frames: Buffer, start: number, payloadSize: number): number {
  let end = frames.writeUInt8(0x81, start);
  if (payloadSize < 126) return frames.writeUInt8(payloadSize, end);
  end = frames.writeUInt8(payloadSize < 65_536 ? 126 : 127, end);
  return payloadSize < 65_536
    ? frames.writeUInt16BE(payloadSize, end)
    : frames.writeBigUInt64BE(BigInt(payloadSize), end);
}
