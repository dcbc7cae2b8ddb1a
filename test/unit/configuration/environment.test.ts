import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/configuration/environment.ts';
import { problemsIn } from '../../support/configured.ts';

describe('the environment', () => {
  it('has a default for everything, and takes an empty variable as none', () => {
    for (const variables of [
      {},
      { PORT: '', HOST: ' ', POINTSMAN_ADMIN_KEY: '', LOG_LEVEL: '', POINTSMAN_DISCOVERY: '' },
    ]) {
      const { variable, ...environment } = readEnvironment(variables);
      expect(environment).toEqual({
        port: 4000,
        host: 'localhost',
        databaseUrl: 'pointsman.db',
        replicas: 1,
        spoolFile: 'pointsman.db-spool',
        logLevel: 'info',
        production: false,
      });
      expect(variable('PORT')).toBeUndefined();
    }
  });

  it('reads what is set', () => {
    const { variable, ...environment } = readEnvironment({
      PORT: '0',
      HOST: '0.0.0.0',
      POINTSMAN_ADMIN_KEY: 'a-long-secret-key',
      DATABASE_URL: 'postgres://user:word@db.example/pointsman',
      REDIS_URL: 'redis://limits.example:6379',
      REPLICAS: '3',
      REPLICA_ID: 'router-2',
      POINTSMAN_CONFIG: './my.yaml',
      POINTSMAN_DISCOVERY: 'off',
      LOG_LEVEL: 'debug',
      NODE_ENV: 'production',
      OPENAI_API_KEY: ' sk-1\n',
    });
    expect(environment).toEqual({
      port: 0,
      host: '0.0.0.0',
      adminKey: 'a-long-secret-key',
      databaseUrl: 'postgres://user:word@db.example/pointsman',
      redisUrl: 'redis://limits.example:6379',
      replicas: 3,
      replicaId: 'router-2',
      spoolFile: 'pointsman.spool',
      configurationFile: './my.yaml',
      discovery: false,
      logLevel: 'debug',
      production: true,
    });
    expect(variable('OPENAI_API_KEY')).toBe('sk-1');
  });

  it('names each bad variable once and shows none of the values', () => {
    const lines = problemsIn(() =>
      readEnvironment(
        {
          PORT: '70000',
          HOST: 'http://x',
          POINTSMAN_ADMIN_KEY: 'short',
          DATABASE_URL: 'mysql://user:word@db.example',
          REDIS_URL: 'http://limits.example',
          REPLICAS: '0',
          REPLICA_ID: 'a name',
          POINTSMAN_DISCOVERY: 'maybe',
          LOG_LEVEL: 'loud',
          OPENAI_API_KEY: 'sk-with space',
        },
        ['OPENAI_API_KEY'],
      ),
    );
    expect(lines).toEqual([
      'PORT must be a port number from 0 to 65535.',
      'HOST must be a host name or an IP address, without a port.',
      'POINTSMAN_ADMIN_KEY must have at least 16 characters.',
      'DATABASE_URL must be postgres://… or the path of an SQLite file.',
      'REDIS_URL must be redis://… or rediss://… with a host.',
      'REPLICAS must be a number of replicas from 1 to 9999.',
      'REPLICA_ID must have at most 100 letters, digits, ".", ":", "_" or "-".',
      'POINTSMAN_DISCOVERY must be on or off.',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
      'OPENAI_API_KEY has a space or a character outside ASCII in it.',
    ]);
  });

  it('puts the spool beside a database in a file, where it is told, and nowhere for a database in memory', () => {
    const spoolOf = (variables: Record<string, string>) => readEnvironment(variables).spoolFile;
    expect(spoolOf({ DATABASE_URL: '/data/books.db' })).toBe('/data/books.db-spool');
    expect(spoolOf({ DATABASE_URL: '/data/books.db', POINTSMAN_SPOOL: '/other/spool' })).toBe('/other/spool');
    expect(spoolOf({ DATABASE_URL: ':memory:' })).toBeUndefined();
  });

  it('suspects a mistyped name of its own', () => {
    expect(problemsIn(() => readEnvironment({ POINTSMAN_ADMIN_KEYS: 'a-long-secret-key' }))).toEqual([
      'POINTSMAN_ADMIN_KEYS is not a variable of this server. Did you mean "POINTSMAN_ADMIN_KEY"?',
    ]);
    expect(problemsIn(() => readEnvironment({ POINTSMAN_SOMETHING_ELSE: 'x' }))).toEqual([]);
  });
});
