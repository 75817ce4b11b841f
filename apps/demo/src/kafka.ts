import { findKafka, LocalKafkaError } from '#libs/platform';

// `npm run kafka`: a broker in the foreground, for a developer.
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});

try {
  const kafka = await findKafka();
  if (!kafka)
    throw new LocalKafkaError(
      'Neither a Docker engine nor Java with Maven was found; one is needed (Java from 17 on).',
    );
  console.log(
    `${kafka.found}${kafka.pid === undefined ? '' : `; process ${kafka.pid}`}. It stops, and its data goes, with Ctrl-C.\n`,
  );
  console.log(`export KAFKA_BROKERS=${kafka.brokers}`);
  if (kafka.secured) {
    const { brokers, authority, username, password } = kafka.secured;
    console.log('\nThe same broker with encryption and a password:');
    console.log(`export KAFKA_BROKERS=${brokers}`);
    console.log(`export KAFKA_SSL=${authority}`);
    console.log('export KAFKA_SASL_MECHANISM=scram-sha-512');
    console.log(`export KAFKA_SASL_USERNAME=${username} KAFKA_SASL_PASSWORD=${password}`);
  }
  await interrupted;
  await kafka.stop();
} catch (error) {
  console.error(error instanceof LocalKafkaError ? error.message : error);
  process.exitCode = 1;
}
