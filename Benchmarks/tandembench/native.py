"""The programs in C that the benchmark needs, built where SwiftPM builds the others."""

import shutil
import subprocess
from pathlib import Path

from .servers import Failure

PACKAGE = Path(__file__).resolve().parent.parent
FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror"]


def built(name, *libraries):
    folder = PACKAGE / ".build" / "native"
    folder.mkdir(parents=True, exist_ok=True)
    command = ["cc", *FLAGS, PACKAGE / "Sources" / name / "main.c", "-o", folder / name, *libraries]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{name} does not build:\n{done.stderr}")
    return folder / name


def has_compiler():
    return shutil.which("cc") is not None


def has_openssl():
    source = "#include <openssl/ssl.h>\nint main(void) { return OPENSSL_init_ssl(0, 0) != 1; }\n"
    done = subprocess.run(["cc", "-x", "c", "-", "-o", "/dev/null", "-lssl", "-lcrypto"], input=source,
                          capture_output=True, text=True)
    return done.returncode == 0
