// The schema and the catalog of the program behind Yoga as it comes, to be run as a process. Answers queries alone.
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { schema } from '../schema/index.ts';
import { systemClock } from '../src/clock.ts';
import { readBuiltInCatalog } from '../src/configuration/built-in-catalog.ts';
import { assembleCatalog } from '../src/configuration/catalog-assembly.ts';
import { defaultConfiguration } from '../src/configuration/configuration.ts';
import { readEnvironment } from '../src/configuration/environment.ts';
import { listen } from './listen.ts';

const { catalog } = assembleCatalog({
  builtIn: readBuiltInCatalog(systemClock.now()),
  configuration: defaultConfiguration,
  environment: readEnvironment({}),
  discovered: [],
});
await listen(createServer(createYoga({ schema, context: { catalog }, graphiql: false, landingPage: false })));
