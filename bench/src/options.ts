/** What was asked for on the command line. */
const numberOf = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

export const options = {
  /** Cần Thơ 2018 divided by this. */
  scale: numberOf('scale', 10),
  /** Dossiers over which reports are asked. */
  dossiers: numberOf('dossiers', 1_000_000),
  /** Dossiers with one deadline. */
  deadlines: numberOf('deadlines', 100_000),
  /** What loading those may take at most: their deadline must be known before. */
  loadSeconds: numberOf('load-seconds', 100),
  /** Events that wait in the broker before the consumers start. */
  backlog: numberOf('backlog', 1_000_000),
  /** The chain over a broker too, in processes of their own. */
  kafka: process.argv.includes('--kafka'),
} as const;
