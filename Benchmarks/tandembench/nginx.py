"""nginx as a rival: one process, its settings in a folder of its own, nothing of the system's."""

import os
import shutil

from .servers import Failure, Server, free_port

SETTINGS = """\
# One process, so that all of nginx is in the clock of one.
daemon off;
master_process off;
worker_processes 1;
pid {folder}/pid;
lock_file {folder}/lock;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    server_tokens off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    # As nginx ships; open_file_cache is off by default.
    sendfile on;
    tcp_nopush on;
    default_type application/json;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        location = /health {{ return 200 '{health}'; }}
        location /v1/leads/ {{ alias {leads}/; }}
    }}
}}
"""
TLS = """ ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.3"""


def program():
    # Users other than root may not have it in their path.
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def start(folder, health, leads, certificate=None, name="nginx"):
    """Answers /health with those bytes and /v1/leads/{id} with the file of that name, over TLS with a certificate."""
    folder.mkdir()
    port = free_port()
    tls = TLS.format(certificate=certificate.file, key=certificate.key) if certificate else ""
    settings = folder / "nginx.conf"
    settings.write_text(SETTINGS.format(folder=folder, port=port, tls=tls, health=_quoted(health), leads=leads))
    return Server(name, [program(), "-p", folder, "-e", "stderr", "-c", settings], folder / "log",
                  url=f"{'https' if certificate else 'http'}://127.0.0.1:{port}")


def _quoted(body):
    # A dollar would begin a variable, and nginx has no way to write one.
    if b"$" in body or b"\\" in body:
        raise Failure(f"nginx cannot be told to answer {body!r}")
    return body.decode().replace("'", "\\'")
