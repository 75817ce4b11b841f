import { findKafka, LocalKafkaError } from '#libs/platform';

// `npm run kafka`: a broker in the foreground, for a developer.
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});

try {
  const kafka = await findKafka();
  if (!kafka)
    throw new LocalKafkaError('Neither Java nor Maven was found; a JDK from 17 on and Maven are needed.');
  console.log(`${kafka.found}; process ${kafka.pid}. It stops, and its data goes, with Ctrl-C.\n`);
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
