// Publishes an event over HTTP or, with "kafka", over Kafka (package Confluent.Kafka).
//   dotnet run -- http http://127.0.0.1:8080
//   dotnet run -- kafka 127.0.0.1:9092
using System.Net.Http.Headers;
using System.Text;
using Confluent.Kafka;

const string Event = """
    {
      "specversion": "1.0",
      "source": "urn:vn:example:motcua",
      "id": "csharp-1",
      "type": "vn.tthc.dossier.accepted.v1",
      "subject": "000.00.05.H13-180105-0006",
      "time": "2018-01-05T08:00:00+07:00",
      "data": { "procedure": "9.010060", "receivingAgency": "H13.05", "channel": "counter" }
    }
    """;

if (args[0] == "kafka")
{
    var settings = new ProducerConfig
    {
        BootstrapServers = args[1],
        EnableIdempotence = true,
        Acks = Acks.All,
        // Not the default of this client, but Kafka's own: every sender must choose the same partition.
        Partitioner = Partitioner.Murmur2Random,
    };
    using var producer = new ProducerBuilder<string, string>(settings).Build();
    await producer.ProduceAsync("tthc.dossier.events.v1", new Message<string, string>
    {
        Key = "urn:vn:example:motcua|000.00.05.H13-180105-0006",
        Value = Event,
    });
    return;
}

using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
for (var attempt = 1; attempt <= 10; attempt++)
{
    try
    {
        var body = new StringContent(Event, Encoding.UTF8);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        var response = await client.PostAsync(args[1] + "/v1/events", body);
        if ((int)response.StatusCode == 202) return;
        // A fault of ours: to repeat it would help nobody.
        if ((int)response.StatusCode < 500) throw new ArgumentException(await response.Content.ReadAsStringAsync());
    }
    catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
    {
        // No answer. It may have been taken all the same; to repeat is harmless, the id tells.
    }
    await Task.Delay(Math.Min(30_000, 250 << attempt));
}
throw new InvalidOperationException("not taken; keep it for later");
