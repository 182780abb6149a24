"""Kills the server under load, again and again: what it answered must be there at the next start, whole.

The seed settles what is asked and when the kills come; how threads and kills meet is up to the machine.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from features import find_features
from rounds import Rounds
from server import Options

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROUNDS_OF_A_DIRECTORY = 10
FINDINGS_SHOWN = 20


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="how many kills under load (default %(default)s)")
    parser.add_argument("--seed", type=int, help="that of a run to have again")
    parser.add_argument("--tandem", type=Path, metavar="FILE",
                        help="the program (default: .build/debug/tandem, else .build/release/tandem)")
    options = parser.parse_args(words)
    builds = [REPOSITORY / ".build" / name / "tandem" for name in ("debug", "release")]
    options.tandem = options.tandem or next((build for build in builds if build.exists()), None)
    if options.tandem is None or not options.tandem.exists(): parser.error("build it first, or name one with --tandem")
    if options.rounds < 1: parser.error("rounds are at least 1")
    return options


def main(words=None):
    given = parse(words)
    seed = random.SystemRandom().getrandbits(32) if given.seed is None else given.seed
    chance = random.Random(seed)
    work = Path(tempfile.mkdtemp(prefix="tandem-torture-"))
    options = Options(given.tandem)
    features = find_features(options, work / "features")
    kills, verified, snapshots, findings = 0, 0, 0, []
    for start in range(0, given.rounds, ROUNDS_OF_A_DIRECTORY):
        rounds = Rounds(options, features, work / f"from-round-{start + 1}", chance)
        for number in range(start + 1, min(start + ROUNDS_OF_A_DIRECTORY, given.rounds) + 1):
            rounds.play(number)
            kills += 1
            if rounds.book.findings: break
        else:
            rounds.finish()
        verified += rounds.verified
        snapshots += rounds.book.snapshot_count
        findings = [f"round {number}: {words}" for words in rounds.book.findings]
        if findings: break
    for words in findings[:FINDINGS_SHOWN]: print(words)
    if len(findings) > FINDINGS_SHOWN: print(f"and {len(findings) - FINDINGS_SHOWN} more")
    if features.missing(): print(f"not in this program and not tried: {', '.join(features.missing())}")
    print(f"{kills} kills, {verified} answered writes verified, {snapshots} snapshots, {len(findings)} findings")
    if findings:
        print(f"again: scripts/torture --seed {seed} --rounds {given.rounds} --tandem {given.tandem}")
        print(f"what it was found in: {work}")
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
