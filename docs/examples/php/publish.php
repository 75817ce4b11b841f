<?php
// Publishes an event over HTTP (extension curl) or, with "kafka", over Kafka (extension rdkafka).
//   php publish.php http http://127.0.0.1:8080
//   php publish.php kafka 127.0.0.1:9092

$event = <<<'JSON'
{
  "specversion": "1.0",
  "source": "urn:vn:example:motcua",
  "id": "php-1",
  "type": "vn.tthc.dossier.accepted.v1",
  "subject": "000.00.05.H13-180105-0007",
  "time": "2018-01-05T08:00:00+07:00",
  "data": { "procedure": "9.010060", "receivingAgency": "H13.05", "channel": "counter" }
}
JSON;

function fail(string $why): never
{
    fwrite(STDERR, "$why\n");
    exit(1);
}

if ($argv[1] === 'kafka') {
    $settings = new RdKafka\Conf();
    $settings->set('bootstrap.servers', $argv[2]);
    $settings->set('enable.idempotence', 'true');
    $settings->set('acks', 'all');
    // Not the default of this client, but Kafka's own: every sender must choose the same partition.
    $settings->set('partitioner', 'murmur2_random');
    $failed = null;
    $settings->setDrMsgCb(function ($producer, $message) use (&$failed) {
        if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) $failed = $message->errstr();
    });
    $producer = new RdKafka\Producer($settings);
    $topic = $producer->newTopic('tthc.dossier.events.v1');
    $topic->produce(RD_KAFKA_PARTITION_UA, 0, $event, 'urn:vn:example:motcua|000.00.05.H13-180105-0007');
    // Without this the process may end before anything was sent.
    $flushed = $producer->flush(30000);
    if ($flushed !== RD_KAFKA_RESP_ERR_NO_ERROR || $failed !== null) fail("not taken; keep it for later: $failed");
    exit(0);
}

for ($attempt = 1; $attempt <= 10; $attempt++) {
    $request = curl_init($argv[2] . '/v1/events');
    curl_setopt_array($request, [
        CURLOPT_POSTFIELDS => $event,
        CURLOPT_HTTPHEADER => ['content-type: application/cloudevents+json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
    ]);
    $answer = curl_exec($request);
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    if ($status === 202) {
        echo "$answer\n";
        exit(0);
    }
    // A fault of ours: to repeat it would help nobody. Without an answer (0) it may even have been taken:
    // to repeat is harmless, the id tells.
    if ($status !== 0 && $status < 500) fail("$status $answer");
    usleep(1000 * min(30000, 250 << $attempt));
}
fail('not taken; keep it for later');
