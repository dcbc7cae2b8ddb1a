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
      'POINTSMAN_DISCOVERY must be on or off.',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
      'OPENAI_API_KEY has a space or a character outside ASCII in it.',
    ]);
  });

  it('suspects a mistyped name of its own', () => {
    expect(problemsIn(() => readEnvironment({ POINTSMAN_ADMIN_KEYS: 'a-long-secret-key' }))).toEqual([
      'POINTSMAN_ADMIN_KEYS is not a variable of this server. Did you mean "POINTSMAN_ADMIN_KEY"?',
    ]);
    expect(problemsIn(() => readEnvironment({ POINTSMAN_SOMETHING_ELSE: 'x' }))).toEqual([]);
  });
});
