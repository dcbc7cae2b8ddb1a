import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Why there is no browser for the tests, and what would help. */
export const noChromium = 'Chromium is not installed: apt-get install chromium';

/** The Chromium that is installed on this machine, if one is. */
export function findChromium(): string | undefined {
  return usualPlaces.find((path) => existsSync(path));
}

/** Starts Chromium without a window, with a profile of its own, and without any name to ask for but this machine's. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
    ],
  });
}
