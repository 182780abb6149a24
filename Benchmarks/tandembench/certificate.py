"""A certificate of our own, and what makes a client speak one cipher whatever a server would prefer."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .servers import Failure

CIPHER = "TLS_AES_128_GCM_SHA256"
CLIENT_SETTINGS = f"""\
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = client
[client]
MinProtocol = TLSv1.3
Ciphersuites = {CIPHER}
Groups = X25519
"""


@dataclass
class Certificate:
    file: Path
    key: Path
    client_settings: Path

    @property
    def client_environment(self):
        """For clients which, as wrk, leave it to OpenSSL what they offer."""
        return {**os.environ, "OPENSSL_CONF": str(self.client_settings)}


def made(folder):
    """ECDSA on P-256, signed by itself."""
    folder.mkdir()
    made = Certificate(folder / "certificate.pem", folder / "key.pem", folder / "client.cnf")
    made.client_settings.write_text(CLIENT_SETTINGS)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-subj", "/CN=localhost", "-days", "30", "-out", made.file, "-keyout", made.key]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"openssl made no certificate:\n{done.stderr}")
    return made
