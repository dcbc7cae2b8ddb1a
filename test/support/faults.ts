import type { DialectWire } from './dialect-wires.ts';
import { type Action, jsonAnswer, type StubAnswer } from './stub-upstream.ts';

/** What goes wrong at an upstream, and which deadlines it takes to notice: usual ones, or ones that a test can wait for. */
export interface Fault {
  readonly title: string;
  readonly answer: StubAnswer;
  readonly patience?: 'short';
}

const html = '<html><head><title>Bad gateway</title></head><body>no</body></html>';
const dribble = (write: string): Action[] => Array.from({ length: 200 }, () => [{ write }, { waitMs: 10 }]).flat();

/** Everything that can happen instead of a first piece of content, after which another endpoint may be tried. */
export function faultsBeforeContent(wire: DialectWire): readonly Fault[] {
  const headers = { 'content-type': wire.contentType };
  const opening = wire.opening.map((write) => ({ write }));
  const statuses = [401, 402, 403, 408, 429, 500, 502, 503, 504, 529].map((status) => ({
    title: `status ${status}`,
    answer: jsonAnswer(wire.error('it failed'), status),
  }));
  return [
    ...statuses,
    {
      title: 'a page with status 502',
      answer: { status: 502, headers: { 'content-type': 'text/html' }, body: [{ write: html }] },
    },
    { title: 'a page with status 200', answer: { headers: { 'content-type': 'text/html' }, body: [{ write: html }] } },
    { title: 'a redirect', answer: { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: [] } },
    { title: 'a reset before the headers', answer: { before: [{ reset: true }], body: [] } },
    { title: 'a close before the headers', answer: { before: [{ drop: true }], body: [] } },
    { title: 'no HTTP', answer: { raw: true, body: [{ write: 'this is no HTTP\r\n\r\n' }] } },
    { title: 'an empty stream', answer: { headers, body: [] } },
    { title: 'a stream that opens and ends', answer: { headers, body: opening } },
    { title: 'a stream that opens and is cut', answer: { headers, body: [...opening, { drop: true }] } },
    { title: 'a stream that opens and is reset', answer: { headers, body: [...opening, { reset: true }] } },
    { title: 'an error as the first event', answer: { headers, body: [{ write: wire.errorFrame('it failed') }] } },
    {
      title: 'an error after the opening',
      answer: { headers, body: [...opening, { write: wire.errorFrame('it failed') }] },
    },
    { title: 'garbage after the opening', answer: { headers, body: [...opening, { write: garbage(wire) }] } },
    { title: 'a line without an end', answer: { headers, body: [...opening, { repeat: 'x'.repeat(262_144) }] } },
    { title: 'a broken compression', answer: { headers: { ...headers, 'content-encoding': 'gzip' }, body: opening } },
    { title: 'silence before the headers', patience: 'short', answer: { before: [{ stall: true }], body: [] } },
    { title: 'silence after the headers', patience: 'short', answer: { headers, body: [{ stall: true }] } },
    { title: 'silence after the opening', patience: 'short', answer: { headers, body: [...opening, { stall: true }] } },
    {
      title: 'headers without an end',
      patience: 'short',
      answer: { before: [{ write: 'HTTP/1.1 200 OK\r\n' }, ...dribble('x-a: b\r\n'), { stall: true }], body: [] },
    },
    {
      title: 'nothing but keep-alives',
      patience: 'short',
      answer: { headers, body: [...opening, ...dribble(wire.keepAlive), { stall: true }] },
    },
  ];
}

/** Everything that can happen to a stream after its first content. `seen` resolves when the caller has that. */
export function faultsAfterContent(wire: DialectWire, text: string, seen: Promise<void>): readonly Fault[] {
  const headers = { 'content-type': wire.contentType };
  const start: Action[] = [{ write: wire.opening.join('') + wire.content(text) }, { until: seen }];
  return [
    { title: 'an end without the end mark', answer: { headers, body: start } },
    { title: 'a cut', answer: { headers, body: [...start, { drop: true }] } },
    { title: 'a reset', answer: { headers, body: [...start, { reset: true }] } },
    {
      title: 'a cut inside an event',
      answer: { headers, body: [...start, { write: wire.content('more').slice(0, -9) }, { drop: true }] },
    },
    {
      title: 'an end inside an event',
      answer: { headers, body: [...start, { write: wire.content('more').slice(0, -9) }] },
    },
    { title: 'an error event', answer: { headers, body: [...start, { write: wire.errorFrame('it failed') }] } },
    { title: 'garbage', answer: { headers, body: [...start, { write: garbage(wire) }] } },
    { title: 'a line without an end', answer: { headers, body: [...start, { repeat: 'x'.repeat(262_144) }] } },
    { title: 'silence', patience: 'short', answer: { headers, body: [...start, { stall: true }] } },
    {
      title: 'nothing but keep-alives',
      patience: 'short',
      answer: { headers, body: [...start, ...dribble(wire.keepAlive), { stall: true }] },
    },
  ];
}

/** An event, or a line, that is none. */
function garbage(wire: DialectWire): string {
  return wire.dialect === 'ollama' ? '{"message": nonsense\n' : 'data: {"a": nonsense\n\n';
}
