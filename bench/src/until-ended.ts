const ended = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => reject(new Error(`ended by ${signal}`)));
});
// Nobody may be waiting when it comes.
ended.catch(() => undefined);

/** Awaits work, or refuses once somebody ends the bench: whoever waits then stops and removes what was started. */
export const untilEnded = <Result>(work: Promise<Result>): Promise<Result> => Promise.race([work, ended]);
