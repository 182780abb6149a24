"""Load by wrk."""

from pathlib import Path

from . import load

CONNECTIONS = 64
HERE = Path(__file__).parent


def run(server, key, path, seconds, script, arguments, connections=CONNECTIONS, headers=(), pinned=True,
        environment=None):
    """Loads the server and fails unless every answer was right."""
    command = ["wrk", "--threads", 1, "--connections", connections, "--duration", f"{seconds}s", "--timeout", "10s"]
    for header in (f"Authorization: Bearer {key}", *headers):
        command += ["--header", header]
    command += ["--script", HERE / script, server.url + path, "--", *arguments]
    return load.run(server, path, command, seconds + 60, pinned, environment)


def prepared(server, key, path, *arguments, **options):
    """A run that lacks nothing but its seconds."""
    return lambda seconds: run(server, key, path, seconds, *arguments, **options)
