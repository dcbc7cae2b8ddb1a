import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/server/metrics.ts';

describe('the metrics', () => {
  it('tell attempts by provider and outcome, and when their first tokens came', async () => {
    const metrics = createMetrics();
    metrics.attempt({ provider: 'quarry', outcome: 'succeeded', durationMs: 900, firstContentMs: 180 });
    metrics.attempt({ provider: 'quarry', outcome: 'failed', failureKind: 'overloaded', durationMs: 40 });
    const text = await metrics.print();
    expect(text).toContain('pointsman_attempts_total{provider="quarry",outcome="succeeded",failure_kind=""} 1');
    expect(text).toContain('pointsman_attempts_total{provider="quarry",outcome="failed",failure_kind="overloaded"} 1');
    expect(text).toContain('pointsman_first_token_seconds_count{provider="quarry"} 1');
    expect(text).toContain('pointsman_first_token_seconds_sum{provider="quarry"} 0.18');
    metrics.close();
  });

  it('count what is open, up and down', async () => {
    const metrics = createMetrics();
    const closed = metrics.streamOpened('ws');
    metrics.streamOpened('ws');
    metrics.socketOpened()();
    closed();
    const text = await metrics.print();
    expect(text).toContain('pointsman_open_streams{transport="ws"} 1');
    expect(text).toContain('pointsman_open_sockets 0');
    metrics.close();
  });

  it('take no label from a caller', async () => {
    const metrics = createMetrics();
    metrics.request({ route: 'other', method: 'BREW', status: 405, durationMs: 1 });
    expect(await metrics.print()).toContain('method="other"');
    metrics.close();
  });

  it('are kept apart, server by server', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.refusal('csrf');
    expect(await one.print()).toContain('pointsman_refusals_total{reason="csrf"} 1');
    expect(await other.print()).not.toContain('csrf');
    one.close();
    other.close();
  });
});
