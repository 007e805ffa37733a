"""A proxy that serves a gateway below a path, as an ingress does: the path is taken off, and X-Forwarded-Prefix says which it was."""

import socket
import threading


class Forwarder:
    """`with Forwarder(port, "/tools/promo") as url`."""

    def __init__(self, port, prefix):
        self.port, self.prefix = port, prefix
        self.listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}{self.prefix}"

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client):
        """One request for each connection, or what follows an upgrade."""
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = client.recv(65536)
            if not chunk:
                return client.close()
            head += chunk
        head, body = head.split(b"\r\n\r\n", 1)
        first, *lines = head.split(b"\r\n")
        method, path, version = first.split(b" ")
        if not path.startswith(self.prefix.encode() + b"/"):
            client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return client.close()
        is_upgrade = any(line.lower().startswith(b"upgrade:") for line in lines)
        if not is_upgrade:
            lines = [line for line in lines if not line.lower().startswith(b"connection:")] + [b"Connection: close"]
        lines.append(b"X-Forwarded-Prefix: " + self.prefix.encode())
        server = socket.create_connection(("127.0.0.1", self.port))
        server.sendall(b" ".join([method, path[len(self.prefix):], version]) + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + body)
        threading.Thread(target=self._pipe, args=(client, server), daemon=True).start()
        self._pipe(server, client)
        client.close()

    @staticmethod
    def _pipe(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
