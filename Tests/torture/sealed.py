"""Lines and their seals, as docs/LEDGER.md says."""

import io
import json
import re

from checksum import crc32c

SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}\n\Z')
NAME = re.compile(r"(\d{20})\.jsonl\Z")
VERSIONS = (1, 2)


class Damage(Exception):
    """What must not be in a file, with the line it is in."""

    def __init__(self, line, reason):
        super().__init__(f"line {line}: {reason}")


def read_lines(path):
    """A file's lines with their ends; the last may have none."""
    return io.BytesIO(path.read_bytes()).readlines()


def is_whole(line):
    """Whether a line, its end included, ends and bears the seal of its own bytes."""
    seal = SEAL.search(line[-19:])
    return seal is not None and int(seal[1], 16) == crc32c(line[:-19])


def read_json(line, number):
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Damage(number, f"it is no JSON: {error}") from None
    if not isinstance(value, dict): raise Damage(number, "it is no object")
    return value


def read_header(line, kind, seq):
    """A file's first line, whose seal is right; returns the format's version."""
    header = read_json(line, 1)
    if header.get("format") != f"tandem-{kind}": raise Damage(1, f"its format is {header.get('format')}")
    if header.get("version") not in VERSIONS: raise Damage(1, f"its version is {header.get('version')}")
    if header.get("seq") != seq: raise Damage(1, f"it is of {header.get('seq')}, and its name says {seq}")
    return header["version"]


def named_files(folder):
    """The files of a folder that have a name of the ledger, by the number in it, in order."""
    if not folder.is_dir(): return []
    names = ((NAME.match(path.name), path) for path in folder.iterdir())
    return sorted((int(name[1]), path) for name, path in names if name)
