"""What is asked, and what must be answered; every server is held against the same files."""

import json
from dataclasses import dataclass
from pathlib import Path

from . import leads
from .servers import Failure


@dataclass
class Answers:
    """Where to ask for the lead and its tag; the files with the bodies, and the folder of the lead's."""

    lead_path: str
    lead_tag: str
    health: Path
    lead: Path
    empty: Path
    leads: Path


def of(tandem, scratch):
    """Makes a lead whose answer has about 600 bytes."""
    if tandem.key is None:
        raise Failure("tandem printed no administrator key")
    headers, _ = tandem.expect(201, "POST", "/v1/leads", leads.short("000000001"))
    path = headers["Location"]
    headers, lead = tandem.expect(200, "GET", path)
    json.loads(lead)
    _, health = tandem.expect(200, "GET", "/health")
    return written(scratch, health, path.rsplit("/", 1)[1], lead, headers["ETag"])


def written(scratch, health, lead_id, lead, tag=""):
    folder = scratch / "leads"
    folder.mkdir()
    answers = Answers(f"/v1/leads/{lead_id}", tag, scratch / "health", folder / lead_id, scratch / "empty", folder)
    answers.health.write_bytes(health)
    answers.lead.write_bytes(lead)
    answers.empty.write_bytes(b"")
    return answers
