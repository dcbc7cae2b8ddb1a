import { type Exclusion, NoEndpointAvailable } from '../errors.ts';

const mostExclusions = 20;
const mostNamed = 3;

/** Why the auto router has no model for a request. Takes, for each model that it may choose, what spoke against it. */
export function noModelFits(exclusions: readonly Exclusion[]): NoEndpointAvailable {
  if (exclusions.length === 0) {
    return new NoEndpointAvailable(
      'pointsman/auto has no model to choose from: none of those that its operator allows is available.',
      [],
    );
  }
  const groups = Object.entries(Object.groupBy(exclusions, ({ filter }) => filter))
    .map(([filter, group = []]) => ({ filter, group }))
    .sort((a, b) => b.group.length - a.group.length)
    .map(({ filter, group }) => `${filter} rules out ${named(group)}`);
  return new NoEndpointAvailable(
    `None of the models that pointsman/auto may choose fits this request: ${groups.join('; ')}.`,
    exclusions.slice(0, mostExclusions),
  );
}

function named(exclusions: readonly Exclusion[]): string {
  const models = exclusions.map(({ endpoint }) => endpoint.slice(0, endpoint.lastIndexOf('@')));
  const shown = models.slice(0, mostNamed).join(', ');
  return models.length > mostNamed ? `${shown} and ${models.length - mostNamed} more` : shown;
}
