const nanoDigits = 9;

/** Whole nano-dollars of an exact decimal of US dollars, such as `5` or `0.000000001`; `undefined` where it is not one. */
export function nanoOfDollars(text: string): number | undefined {
  const parts = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const nano = Number(`${sign}${whole}${fraction.padEnd(nanoDigits, '0')}`);
  return Number.isSafeInteger(nano) ? nano : undefined;
}

/** Nano-dollars as an exact decimal of US dollars, without zeros at its end. */
export function dollarsOfNano(nano: number): string {
  const digits = String(Math.abs(nano)).padStart(nanoDigits + 1, '0');
  const fraction = digits.slice(-nanoDigits).replace(/0+$/, '');
  return `${nano < 0 ? '-' : ''}${digits.slice(0, -nanoDigits)}${fraction === '' ? '' : `.${fraction}`}`;
}
