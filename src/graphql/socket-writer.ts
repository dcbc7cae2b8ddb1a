import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import { createBackpressure } from './backpressure.ts';

/** Writes text messages to one WebSocket, whatever a turn of the event loop brings in one go. */
export interface SocketWriter {
  /** Buffers a message; after the socket's end it does nothing. */
  readonly write: (text: string) => void;
  /** `undefined` where the reader keeps up; otherwise resolves when it does again, or is gone. */
  readonly room: () => Promise<void> | undefined;
}

/** `stream` is the connection under the socket. */
export function createSocketWriter(socket: WebSocket, stream: Duplex, clock: Clock, stallMs: number): SocketWriter {
  let corked = false;
  const room = createBackpressure(stream, clock, stallMs);
  return {
    write: (text) => {
      if (socket.readyState !== socket.OPEN) return;
      if (!corked) {
        corked = true;
        stream.cork();
        setImmediate(() => {
          corked = false;
          stream.uncork();
        });
      }
      socket.send(text);
    },
    room,
  };
}
