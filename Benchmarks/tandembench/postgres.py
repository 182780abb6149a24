"""PostgreSQL as a rival: a cluster of its own in a temporary folder, one core, everything in memory."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from .company import Company
from .load import LOAD_CORE
from .servers import SERVER_CORE, Failure
from .times import written

SETTINGS = {
    "listen_addresses": "", "shared_buffers": "1GB", "work_mem": "256MB", "maintenance_work_mem": "512MB",
    "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0", "jit": "off", "timezone": "UTC",
    # All of it is in memory, and nothing but questions comes after the load.
    "random_page_cost": "1.1", "fsync": "off", "autovacuum": "off", "max_wal_size": "4GB"}
TABLES = """
create table accounts (id int, owner_id int);
create table leads (id int, channel text, medium text, campaign_id int, account_id int, owner_id int,
    captured_at timestamptz);
create table lead_stages (lead_id int, place int, stage text, entered_at timestamptz, left_at timestamptz);
create table handoffs (id int, lead_id int, "to" int, status text, submitted_at timestamptz, due_at timestamptz,
    answered_at timestamptz);
create table activities (id int, lead_id int, user_id int, type text, direction text, automatic bool,
    occurred_at timestamptz);
create table deals (id int, account_id int, owner_id int, amount bigint, stage text, opened_at timestamptz,
    closed_at timestamptz);
create table deal_leads (deal_id int, lead_id int);
create table deal_stages (deal_id int, place int, stage text, entered_at timestamptz, left_at timestamptz);
create table purchases (id int, account_id int, deal_id int, kind text, amount bigint, occurred_at timestamptz);
create table touches (id int, lead_id int, campaign_id int, channel text, type text, occurred_at timestamptz,
    suspected_bot bool);
"""
INDEXES = """
alter table accounts add primary key (id);
alter table leads add primary key (id);
create index on leads (captured_at);
alter table lead_stages add primary key (lead_id, place);
alter table handoffs add primary key (id);
create index on handoffs (submitted_at);
alter table activities add primary key (id);
create index on activities (lead_id, occurred_at);
alter table deals add primary key (id);
create index on deals (closed_at);
alter table deal_leads add primary key (deal_id, lead_id);
create index on deal_leads (lead_id);
alter table deal_stages add primary key (deal_id, place);
alter table purchases add primary key (id);
create index on purchases (occurred_at) where deal_id is null;
alter table touches add primary key (id);
create index on touches (lead_id, occurred_at) include (campaign_id, type, suspected_bot);
vacuum analyze;
"""


class Postgres:
    """A server with the company in its tables, on the core that servers have."""

    def __init__(self, company: Company):
        self._user = "postgres" if os.geteuid() == 0 else None
        self._scratch = tempfile.TemporaryDirectory(prefix="bench-")
        self._folder = Path(self._scratch.name)
        if self._user:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        self._run("initdb", "--pgdata", data, "--username", "bench", "--auth", "trust", "--no-sync", "--no-locale",
                  "--encoding", "UTF8")
        self._log = open(self._folder / "log", "w+")
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, folder() / "postgres", "-D", data, "-k", self._folder, *settings],
            stdout=self._log, stderr=self._log, user=self._user, cwd=self._folder)
        try:
            self._wait()
            self._fill(company)
        except BaseException:
            self.stop()
            raise

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run([folder() / program, *words], capture_output=True, text=True, user=self._user,
                              cwd=self._folder)
        if done.returncode:
            raise Failure(f"{program} failed:\n{done.stderr}")

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while subprocess.run(self._psql("-c", "select 1"), capture_output=True).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                raise Failure(f"postgres did not start:\n{self._log.read()[-2000:]}")
            time.sleep(0.1)

    def _psql(self, *words: str) -> list[object]:
        return ["taskset", "-c", LOAD_CORE, folder() / "psql", "-h", self._folder, "-U", "bench", "-d", "postgres",
                "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *words]

    def _fill(self, company: Company) -> None:
        process = subprocess.Popen(self._psql(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        process.stdin.write(TABLES)
        for table, rows in _tables(company).items():
            process.stdin.write(f"copy {table} from stdin;\n")
            process.stdin.writelines("\t".join("\\N" if cell is None else str(cell) for cell in row) + "\n"
                                     for row in rows)
            process.stdin.write("\\.\n")
        process.stdin.write(INDEXES)
        process.stdin.close()
        if process.wait():
            raise Failure("postgres took not all rows")

    def version(self) -> str:
        return self.rows("show server_version")[0][0].split()[0]

    def rows(self, question: str) -> list[list[str]]:
        """The answer to one question; no value is an empty text."""
        return [line.split("|") for line in self._answer(question).splitlines()]

    def milliseconds(self, questions: list[str]) -> list[float]:
        """How long each took, asked one after the other on one connection, its answer received and not shown."""
        script = "\\timing on\n\\o /dev/null\n" + ";\n".join(questions) + ";\n"
        return [float(time) for time in re.findall(r"^Time: ([\d.]+) ms", self._answer(script), re.MULTILINE)]

    def _answer(self, script: str) -> str:
        done = subprocess.run(self._psql(), input=script, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"postgres does not answer:\n{done.stderr}")
        return done.stdout

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        self._log.close()
        self._scratch.cleanup()

    def __enter__(self) -> "Postgres":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def folder() -> Path | None:
    """Where the programs of the newest version are; Debian has them in no path."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    program = shutil.which("postgres")
    return Path(program).parent if program else None


def _tables(company: Company) -> dict[str, Iterable[Iterable[object]]]:
    return {
        "accounts": enumerate(company.account_owners),
        "leads": ((place, row.channel, row.medium, row.campaign, row.account, row.owner, written(row.captured))
                  for place, row in enumerate(company.leads)),
        "lead_stages": _stages(company.leads),
        "handoffs": ((place, row.lead, row.taker, row.status, written(row.submitted), written(row.due),
                      _written(row.answered)) for place, row in enumerate(company.handoffs)),
        "activities": ((place, row.lead, row.user, row.type, row.direction, row.automatic, written(row.occurred))
                       for place, row in enumerate(company.activities)),
        "deals": ((place, row.account, row.owner, row.amount, row.stages[-1].name, written(row.opened),
                   _written(row.closed)) for place, row in enumerate(company.deals)),
        "deal_leads": ((place, lead) for place, row in enumerate(company.deals) for lead in row.leads),
        "deal_stages": _stages(company.deals),
        "purchases": ((place, row.account, row.deal, row.kind, row.amount, written(row.occurred))
                      for place, row in enumerate(company.purchases)),
        "touches": ((place, row.lead, row.campaign, company.campaign_channels[row.campaign], row.type,
                     written(row.occurred), row.is_bot) for place, row in enumerate(company.touches))}


def _stages(rows: Iterable) -> Iterable[Iterable[object]]:
    return ((place, number, stage.name, written(stage.entered), _written(stage.left))
            for place, row in enumerate(rows) for number, stage in enumerate(row.stages))


def _written(at: int | None) -> str | None:
    return None if at is None else written(at)
