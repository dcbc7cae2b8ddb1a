import type { Catalog, Endpoint, Model } from '../../catalog.ts';
import { parameters } from '../../chat.ts';
import type { EndpointHealthReader, EndpointState } from '../../routing/endpoint-health.ts';
import type { Distribution } from '../../routing/health-windows.ts';
import { pricingBody } from './pricing.ts';

/** OpenRouter's numbers for how an endpoint does: 0 is well, the less the worse. */
const statuses = {
  available: 0,
  half_open: -1,
  cooling: -2,
  open: -5,
  not_configured: -10,
} as const satisfies Record<EndpointState, number>;

/** An endpoint in OpenRouter's words, with what was measured of it. */
export function endpointBody(endpoint: Endpoint, model: Model, catalog: Catalog, health: EndpointHealthReader) {
  const { pricing, provider, supportedParameters: supported } = endpoint;
  const providerName = catalog.provider(provider)?.name ?? provider;
  const measured = health.measured(endpoint);
  const choice = supported.has('tool_choice');
  return {
    name: `${providerName} | ${model.slug}`,
    tag: endpoint.tag,
    model_id: model.slug,
    model_name: model.name,
    provider_name: providerName,
    context_length: endpoint.contextLength,
    max_completion_tokens: endpoint.maxCompletionTokens ?? null,
    max_prompt_tokens: null,
    pricing: pricingBody(pricing),
    quantization: endpoint.quantization,
    supported_parameters: parameters.filter((parameter) => supported.has(parameter)),
    supports_tool_choice: {
      auto: choice || supported.has('tools'),
      none: choice || supported.has('tools'),
      required: choice,
      function: choice,
    },
    // A provider that caches what is marked charges for writing.
    supports_implicit_caching: pricing.cacheRead !== undefined && pricing.cacheWrite === undefined,
    status: statuses[health.read(endpoint).state],
    uptime_last_5m: percent(measured.uptime('five_minutes')),
    uptime_last_30m: percent(measured.uptime('thirty_minutes')),
    uptime_last_1d: percent(measured.uptime('one_day')),
    latency_last_30m: percentiles(measured.latency('thirty_minutes')),
    throughput_last_30m: percentiles(measured.throughput('thirty_minutes')),
  };
}

function percent(share: number | undefined): number | null {
  return share === undefined ? null : share * 100;
}

function percentiles(distribution: Distribution | undefined) {
  if (distribution === undefined) return null;
  const { p50, p75, p90, p99 } = distribution;
  return { p50, p75, p90, p99 };
}
