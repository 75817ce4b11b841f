export const say = (label: string, value: string): void => console.log(`${label.padEnd(34)} ${value}`);

export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-US')} events/s`;
