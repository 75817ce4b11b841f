/**
 * Lets callers who ask for the same thing at the same time share one answer: whoever comes while the work is
 * under way gets the next run, which begins after the call, so nobody is answered from before it asked.
 */
export function shareNext<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const start = (): Promise<T> => {
    const run = work().finally(() => (running = undefined));
    return (running = run);
  };
  return () => {
    if (!running) return start();
    const after = () => {
      next = undefined;
      return start();
    };
    // How the one before ends is the affair of those who wait for it.
    return (next ??= running.then(after, after));
  };
}
