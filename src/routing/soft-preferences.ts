import type { PercentileBounds, ProviderPreferences } from '../provider-preferences.ts';
import type { Distribution, HealthMeasurements, HealthWindow, Percentile } from './health-windows.ts';

/** With fewer samples a percentile says nothing. */
const fewestSamples = 5;
/** The newest that has samples enough. */
const windows: readonly HealthWindow[] = ['five_minutes', 'thirty_minutes'];
const percentiles: readonly Percentile[] = ['p50', 'p75', 'p90', 'p99'];

/** Whether an endpoint is as fast as the caller would like, as far as is known: what has not been measured is taken to be. */
export function isFastEnough(preferences: ProviderPreferences, measured: HealthMeasurements): boolean {
  const { preferredMinThroughput, preferredMaxLatencyMs } = preferences;
  return (
    holds(preferredMinThroughput, measured.throughput, (value, bound) => value >= bound) &&
    holds(preferredMaxLatencyMs, measured.latency, (value, bound) => value <= bound)
  );
}

function holds(
  bounds: PercentileBounds | undefined,
  read: (window: HealthWindow) => Distribution | undefined,
  test: (value: number, bound: number) => boolean,
): boolean {
  if (bounds === undefined) return true;
  for (const window of windows) {
    const distribution = read(window);
    if (distribution === undefined || distribution.samples < fewestSamples) continue;
    return percentiles.every((name) => bounds[name] === undefined || test(distribution[name], bounds[name]));
  }
  return true;
}
