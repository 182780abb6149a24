"""What a binary has of what is newer than the rest, found out by asking once."""

from dataclasses import dataclass

from client import Client
from server import Server


@dataclass(frozen=True)
class Features:
    snapshots: bool
    keys: bool
    batches: bool

    def missing(self):
        """The names of what is not there and was not tried."""
        names = {"snapshots on demand": self.snapshots, "Idempotency-Key": self.keys, "/v1/batch": self.batches}
        return [name for name, is_there in names.items() if not is_there]


def find_features(options, folder):
    """Asks a server with a ledger of its own; a route that is not there answers 404."""
    server = Server(options, folder)
    try:
        client = Client(server.port)
        first, second = (client.ask("POST", "/v1/leads", {"name": "twice"}, key="features") for _ in range(2))
        return Features(
            snapshots=client.ask("POST", "/internal/snapshot").status != 404,
            keys=first.body["id"] == second.body["id"],
            batches=client.ask("POST", "/v1/batch", {"operations": []}).status != 404)
    finally:
        server.kill()
