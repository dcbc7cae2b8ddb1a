/** The cap of what an account was granted and has not spent. It never resets. */
export const creditsCapId = (accountId: string): string => `credits:${accountId}`;

/** The cap of what an account may spend in a period. */
export const budgetCapId = (accountId: string): string => `budget:${accountId}`;

/** The cap of what an API key or a client token may spend, in a period or ever. */
export const limitCapId = (keyId: string): string => `limit:${keyId}`;
