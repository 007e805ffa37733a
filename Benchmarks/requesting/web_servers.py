"""Who answers requests and serves sockets: the gateway, FastAPI on uvicorn, nginx with nchan. Each is a process of ours."""

import http.client
import os
import signal
import subprocess
import time
from pathlib import Path

from processes import Failure, cpu_seconds, tied  # first: it says where gateway_process is
from gateway import Gateway
from gateway_process import free_port

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parents[1] / "mappings" / "examples" / "tasks"
PATIENCE = 30  # seconds


class WebGateway(Gateway):
    """A gateway with the routes of this folder, or of another; `web` is the port of its listener `api`."""

    def __init__(self, bench, database, exchange, folder="gateway", mappings=HERE / "routes", settings=None):
        directory = Path(bench.options.directory) / folder
        directory.mkdir(exist_ok=True)
        super().__init__(bench.options.gateway, bench.servers, database, f"{database}-catalog", directory)
        self.web = free_port()
        self.settings |= {
            "HTTP_LISTENERS_API_PORT": str(self.web), "MAPPINGS_DIRECTORY": str(mappings),
            "DEFINITIONS_DIRECTORY": str(mappings.parent / "definitions"), "ORDERS_EXCHANGE": exchange, **(settings or {}),
        }

    def __enter__(self):
        super().__enter__()
        self.seconds_to_ready()
        return self

    def cpu(self):
        return cpu_seconds(self.pid)


class Server:
    """A peer: a command that listens on `web`, and its children."""

    def __init__(self, bench, folder):
        self.directory = Path(bench.options.directory) / folder
        self.directory.mkdir(exist_ok=True)
        self.web = free_port()

    def start(self, command, path, environment=None):
        self.path = path
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                tied(*command), env={"PATH": "/usr/bin:/bin", **(environment or {})}, cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        self.run()
        end = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"{self.name} does not come up:\n{(self.directory / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        time.sleep(0.5)  # every worker
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.web, timeout=5)
        try:
            connection.request("GET", self.path)
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in family(self.process.pid))


class FastAPI(Server):
    def __init__(self, bench, database, exchange, workers):
        super().__init__(bench, "fastapi")
        self.name, self.workers = f"FastAPI, {workers} workers", workers
        self.python = bench.options.peers_python
        self.environment = {
            "MONGODB_URI": bench.servers.mongodb_uri, "RABBITMQ_URI": bench.servers.rabbitmq_uri, "DATABASE": database,
            "EXCHANGE": exchange, "PYTHONPATH": str(HERE.parent / "peers"), "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self):
        self.start(
            (self.python, "-m", "uvicorn", "fastapi_peer:app", "--host", "127.0.0.1", "--port", self.web, "--workers",
             self.workers, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
            "/orders/none", self.environment)


NGINX = """
daemon off;
worker_processes {workers};
pid {directory}/pid;
error_log {directory}/error.log warn;
worker_rlimit_nofile 10000;
load_module {tools}/usr/lib/nginx/modules/ngx_nchan_module.so;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {directory}/bodies;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    keepalive_requests 1000000;
    nchan_shared_memory_size 256M;
    server {{
        listen 127.0.0.1:{port};
        tcp_nodelay on;
        location ~ ^/sockets/(.+)$ {{
            nchan_subscriber websocket;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
            nchan_websocket_ping_interval 20s;
        }}
        location ~ ^/pushes/(.+)$ {{
            nchan_publisher http;
            nchan_channel_id $1;
            nchan_message_buffer_length 10000;
            nchan_message_timeout 5m;
        }}
        location = /up {{ return 204; }}
    }}
}}
"""


# Whatever the configuration says, nchan asks for a directory in /var/lib/nginx, which only an installed nginx has.
OWN_MOUNTS = ("unshare", "--mount", *(("--map-root-user",) if os.geteuid() else ()))


class Nchan(Server):
    name = "nginx + nchan"

    def __init__(self, bench, workers=1):
        super().__init__(bench, "nginx")
        self.tools, self.workers = bench.options.tools, workers

    def run(self):
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            NGINX.format(directory=self.directory, tools=self.tools, port=self.web, workers=self.workers))
        self.start(
            (*OWN_MOUNTS, "sh", "-c", 'mount -t tmpfs none /var/lib && mkdir /var/lib/nginx && exec "$@"', "sh",
             Path(self.tools) / "usr/sbin/nginx", "-c", configuration, "-p", self.directory), "/up")


def family(pid):
    """A process and all that it has started, and those have."""
    yield pid
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
            yield from family(int(child))
