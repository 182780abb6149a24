"""The command line of scripts/bench."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import bulk, create, http, idle, metrics, million, native, nginx, postgres, redis
from .servers import Failure

PACKAGE = Path(__file__).resolve().parent.parent
REPOSITORY = PACKAGE.parent
MEASUREMENTS = {"http": [http.measure], "store": [create.measure, million.measure], "load": [bulk.measure],
                "idle": [idle.measure], "metrics": [metrics.measure]}
LEADS = {"store": 1_000_000, "metrics": 200_000}


def parse(words):
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures Tandem on this machine and prints each figure beside its threshold. "
                    "Exits 0 whether thresholds are met or not, 1 when something failed.")
    parser.add_argument("measurement", nargs="?", choices=MEASUREMENTS,
                        help="http: processor time per request beside nginx, an epoll loop and Hummingbird; "
                             "store: durable creates against Redis, and a million leads; "
                             "load: a large import and the start after it; "
                             "idle: a good client beside 10,000 idle connections; "
                             "metrics: figures over a whole company beside PostgreSQL; none: all")
    parser.add_argument("--pairs", type=int, default=5, help="paired runs (default %(default)s)")
    parser.add_argument("--duration", type=int, default=4, metavar="S", help="seconds of a run (default %(default)s)")
    parser.add_argument("--warm-up", type=int, default=2, metavar="S",
                        help="seconds of load before the first pair (default %(default)s)")
    parser.add_argument("--append-time", type=float, default=3, metavar="S",
                        help="seconds of synced appends in a pair (default %(default)s)")
    parser.add_argument("--leads", type=int,
                        help="leads of store and of metrics "
                             f"(default {', '.join(f'{count} of {name}' for name, count in LEADS.items())})")
    parser.add_argument("--touches", type=int, default=1_000_000, help="touches of metrics (default %(default)s)")
    parser.add_argument("--deals", type=int, default=50_000, help="deals of metrics (default %(default)s)")
    parser.add_argument("--rows", type=int, default=100_000, help="leads to import (default %(default)s)")
    parser.add_argument("--scratch", type=Path, default=PACKAGE / ".build", metavar="DIR",
                        help="where data directories are made, on the disk to measure (default Benchmarks/.build)")
    parser.add_argument("--tandem", type=Path, metavar="FILE", help="this binary, instead of building one")
    parser.add_argument("--slow-sync", type=float, default=0, metavar="MS",
                        help="store only: the creates alone, as on a disk whose every sync takes so much longer")
    parser.add_argument("--control", action="store_true",
                        help="http only: nginx against itself, to see the noise of the machine")
    options = parser.parse_args(words)
    counts = [options.pairs, options.duration, options.warm_up, options.rows, options.touches, options.deals]
    if min(counts) < 1 or options.leads is not None and options.leads < 1 or options.append_time <= 0:
        parser.error("pairs, durations, leads, touches, deals and rows are at least 1")
    if options.slow_sync < 0 or options.slow_sync and options.measurement != "store":
        parser.error("--slow-sync goes with store, and is not below 0")
    if options.control and options.measurement != "http":
        parser.error("--control goes with http")
    return options


def main(words=None):
    options = parse(words)
    names = [options.measurement] if options.measurement else list(MEASUREMENTS)
    try:
        prepare(options, names)
        note_other_load()
        leads = options.leads
        for name in names:
            options.leads = leads or LEADS.get(name)
            with scratch_directory(options.scratch) as scratch:
                for number, measure in enumerate([create.measure] if options.slow_sync else MEASUREMENTS[name]):
                    folder = Path(scratch) / str(number)
                    folder.mkdir()
                    measure(options, folder)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(options, names):
    """Installs and builds what the measurements need, all before the first of them."""
    if names != ["load"]:
        require_cores()
        require("wrk", shutil.which("wrk"))
    if "store" in names:
        require("redis-server", redis.is_installed())
        require("gcc", native.has_compiler())
        options.creates = native.built("creates")
        options.environment = create.slowed(options.slow_sync)
    if "http" in names or "idle" in names:
        require("openssl", shutil.which("openssl"))
    if "http" in names:
        require("nginx", nginx.program())
        require("gcc", native.has_compiler())
        require("libssl-dev", native.has_openssl())
        options.handshakes = native.built("handshakes", "-lssl", "-lcrypto")
    if "metrics" in names:
        require("postgresql", postgres.folder())
        require("gcc", native.has_compiler())
    if options.control:
        return
    options.tandem = options.tandem.resolve() if options.tandem else built(REPOSITORY, "tandem")
    if "http" in names:
        options.epoll_server = native.built("epoll-server")
        options.rival = built(PACKAGE, "hummingbird-server")


def require_cores():
    if not {0, 1} <= os.sched_getaffinity(0):
        raise Failure("needs cores 0 and 1: the server runs on one, the load on the other")


def require(package, is_installed):
    if is_installed:
        return
    install = ([] if os.geteuid() == 0 else ["sudo"]) + ["apt-get"]
    if not (ran([*install, "install", "-y", package]) or
            ran([*install, "update"]) and ran([*install, "install", "-y", package])):
        raise Failure(f"{package} is missing and apt-get could not install it")


def note_other_load():
    # Another program on these cores takes time from the caches and makes the pairs differ.
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load > cores / 2:
        print(f"bench: load average {load:.1f} on {cores} cores; the figures will be noisy", file=sys.stderr)


def built(package, product):
    # Tandem as its users build it.
    script = package / "scripts" / "build"
    if not ran([script] if script.exists() else ["swift", "build", "-c", "release", "--product", product], package):
        raise Failure(f"{product} does not build")
    return package / ".build" / "release" / product


def ran(command, directory=None):
    """Runs a command, its output on the error stream; tells whether it succeeded."""
    return subprocess.run(command, cwd=directory, stdout=sys.stderr).returncode == 0


def scratch_directory(parent):
    parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="bench-", dir=parent.resolve())
