"""A plain HTTP client: one request on a connection of its own, and its answer whatever the status."""

import http.client
import json


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def ask_at(port, method, path, body=None, source="127.0.0.1", timeout=40, **headers):
    """`body`: bytes as they are, else what becomes JSON; None for none. `source`: the address it comes from. `headers`: with `_`
    for `-`. Fails with an OSError or an HTTPException where there is no whole answer."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=(source, 0))
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
