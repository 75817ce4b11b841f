#!/bin/sh
# Publishes two events over HTTP:  sh publish.sh http://127.0.0.1:8080
set -eu
server=${1:-http://127.0.0.1:8080}

# --retry repeats while nothing could be taken (503) or no answer came. To repeat is harmless: ids tell.
curl --silent --show-error --fail-with-body \
  --retry 10 --retry-connrefused --max-time 30 \
  --header 'content-type: application/cloudevents-batch+json' \
  --data-binary @- "$server/v1/events" <<'JSON'
[
  {
    "specversion": "1.0",
    "source": "urn:vn:example:motcua",
    "id": "curl-1",
    "type": "vn.tthc.dossier.accepted.v1",
    "subject": "000.00.05.H13-180105-0001",
    "time": "2018-01-05T08:00:00+07:00",
    "data": { "procedure": "9.010060", "receivingAgency": "H13.05", "channel": "counter" }
  },
  {
    "specversion": "1.0",
    "source": "urn:vn:example:motcua",
    "id": "curl-2",
    "type": "vn.tthc.dossier.resolved.v1",
    "subject": "000.00.05.H13-180105-0001",
    "time": "2018-01-08T15:30:00+07:00",
    "data": { "outcome": "granted" }
  }
]
JSON
echo
