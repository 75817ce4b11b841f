import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Publishes one event over HTTP, with nothing but the JDK:  java PublishHttp.java http://127.0.0.1:8080 */
public class PublishHttp {
  static final String EVENT = """
      {
        "specversion": "1.0",
        "source": "urn:vn:example:motcua",
        "id": "java-http-1",
        "type": "vn.tthc.dossier.accepted.v1",
        "subject": "000.00.05.H13-180105-0004",
        "time": "2018-01-05T08:00:00+07:00",
        "data": { "procedure": "9.010060", "receivingAgency": "H13.05", "channel": "counter" }
      }
      """;

  public static void main(String[] arguments) throws InterruptedException {
    String server = arguments.length > 0 ? arguments[0] : "http://127.0.0.1:8080";
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(server + "/v1/events"))
        .header("content-type", "application/cloudevents+json")
        .timeout(Duration.ofSeconds(30))
        .POST(HttpRequest.BodyPublishers.ofString(EVENT))
        .build();
    for (int attempt = 1; attempt <= 10; attempt++) {
      try {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 202) {
          System.out.println(response.body());
          return;
        }
        // A fault of ours: to repeat it would help nobody.
        if (response.statusCode() < 500) throw new IllegalArgumentException(response.body());
      } catch (IOException noAnswer) {
        // It may have been taken all the same; to repeat is harmless, the id tells.
      }
      Thread.sleep(Math.min(30_000, 250L << attempt));
    }
    throw new IllegalStateException("not taken; keep it for later");
  }
}
