import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Publishes two events over Kafka with the official client, the first structured, the second in binary mode:
 *   mvn dependency:copy-dependencies
 *   java -cp 'target/dependency/*' PublishKafka.java 127.0.0.1:9092
 */
public class PublishKafka {
  static final String TOPIC = "tthc.dossier.events.v1";
  static final String SOURCE = "urn:vn:example:motcua";
  static final String DOSSIER = "000.00.05.H13-180105-0005";

  static final String ACCEPTED = """
      {
        "specversion": "1.0",
        "source": "urn:vn:example:motcua",
        "id": "java-kafka-1",
        "type": "vn.tthc.dossier.accepted.v1",
        "subject": "000.00.05.H13-180105-0005",
        "time": "2018-01-05T08:00:00+07:00",
        "data": { "procedure": "9.010060", "receivingAgency": "H13.05", "channel": "online" }
      }
      """;

  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.length > 0 ? arguments[0] : "127.0.0.1:9092");
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class.getName());
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");

    String key = SOURCE + "|" + DOSSIER;
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
      producer.send(new ProducerRecord<>(TOPIC, key, ACCEPTED)).get();

      ProducerRecord<String, String> resolved = new ProducerRecord<>(TOPIC, key, "{\"outcome\": \"granted\"}");
      Map.of(
          "ce_specversion", "1.0",
          "ce_source", SOURCE,
          "ce_id", "java-kafka-2",
          "ce_type", "vn.tthc.dossier.resolved.v1",
          "ce_subject", DOSSIER,
          "ce_time", "2018-01-08T15:30:00+07:00",
          "content-type", "application/json"
      ).forEach((name, text) -> resolved.headers().add(name, text.getBytes(UTF_8)));
      producer.send(resolved).get();
    }
    System.out.println("2 events are in the log");
  }
}
