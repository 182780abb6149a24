"""Lets each call on the data directory fail, one a run, and verifies what the server does and what a start finds then.

Two scenes: `fresh` begins in an empty directory; `grown` goes on in one that has a journal whose last line is torn.
"""
import argparse
import concurrent.futures
import pathlib
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass

import shim
import story
from server import Hung, Options, Server, check

PARALLEL = 2


@dataclass(frozen=True)
class Fault:
    """Which call fails and how; see faults.c."""
    scene: str
    at: int
    code: str
    kind: str = "fail"
    sticky: bool = False
    run: int = 0

    def __str__(self):
        more = ":sticky" if self.sticky else f":run{self.run}" if self.run else ""
        return f"{self.scene}:{self.at}:{self.code}:{self.kind}{more}"

    @staticmethod
    def read(text):
        scene, at, code, kind, *more = text.split(":")
        run = int(more[0].removeprefix("run")) if more and more[0] != "sticky" else 0
        return Fault(scene, int(at), code, kind, more == ["sticky"], run)

    @property
    def passes(self):
        """Whether room is there again at the next try, so that writes must be taken again."""
        return self.code == "ENOSPC" and not self.sticky and not self.run


@dataclass
class Scene:
    name: str
    steps: list
    before: story.Story
    folder: pathlib.Path | None  # what the data directory holds at first


class Walk:
    def __init__(self, binary, work):
        self.options = Options(binary)
        self.work = pathlib.Path(work).resolve()
        self.library = shim.build(work)
        self.scenes = {}

    # MARK: Scenes

    def prepare(self):
        """Tells the story without faults, and returns each scene's calls and what went wrong even so."""
        self.scenes["fresh"] = Scene("fresh", story.FIRST, story.Story(), None)
        first, fresh_calls = self.tell(self.scenes["fresh"], None, self.work / "fresh" / "data")
        grown = self.work / "grown-before"
        shutil.copytree(self.work / "fresh" / "data", grown)
        last = max(grown.joinpath("journal").glob("*.jsonl"))
        with open(last, "ab") as file: file.write(b'{"seq":1000,"at":"20')
        self.scenes["grown"] = Scene("grown", story.LATER, first, grown)
        second, grown_calls = self.tell(self.scenes["grown"], None, self.work / "grown" / "data")
        return {"fresh": fresh_calls, "grown": grown_calls}, first.findings + second.findings

    def tell(self, scene, fault, data):
        """Runs the scene and looks back at it from the next start; returns the story and the calls of the run."""
        data.parent.mkdir(exist_ok=True)
        log = data.with_suffix(".log")
        if scene.folder: shutil.copytree(scene.folder, data)
        told = scene.before.copy()
        try:
            server = Server(self.options, data, shim.environment(self.library, data, log, fault))
        except Hung as hung:
            told.find(f"{hung}")
            return told, shim.calls(log)
        try:
            if server.started: told.tell(server, scene.steps)
            if fault and fault.sticky and told.is_refused: told.demand_unhealthy(server)
            self.end(server, told)
        finally:
            server.kill()
        self.judge(server, fault, told)
        if told.are_erased: told.look_for_erased(data, "after it was said to be done")
        self.look_back(data, told)
        return told, shim.calls(log)

    def end(self, server, told):
        try:
            status = server.end()
        except Hung as hung:
            told.find(f"{hung}")
            return
        if status < 0: told.find(f"the server ended by signal {-status}: {server.errors()[-300:]}")
        elif not server.started:
            # Lines of the log begin with a time.
            words = [line for line in server.errors().splitlines() if not re.match(r"\d{4}-\d\d-\d\dT", line)]
            if status != 1 or len(words) != 1:
                told.find(f"a start that was refused ended with {status} and said {words}")

    def judge(self, server, fault, told):
        """What the kind of fault asks for beyond what every run must keep."""
        if not (fault and (fault.sticky or fault.run)) and any(server.data.glob("**/writing")):
            told.find("a file that was not finished is still there")
        if not fault or fault.kind == "short":
            if not server.started: told.find(f"the start was refused: {server.errors().strip()}")
            if told.refused: told.find(f"{told.refused} writes were refused without a fault")
        elif fault.passes and told.late_refusals:
            told.find(f"room was there again, and {told.late_refusals[0]}")
        if told.refused:
            said = server.errors()
            if "writes are refused: " not in said: told.find(f"nobody was told that writes are refused: {said!r}")
            if not told.is_refused and "writes are taken again" not in said:
                told.find(f"nobody was told that writes are taken again: {said!r}")

    def look_back(self, data, told):
        try:
            server = Server(self.options, data, errors=f"{data}.next-errors")
        except Hung as hung:
            told.find(f"next start: {hung}")
            return
        if not server.started:
            told.find(f"the next start was refused: {server.errors().strip()}")
            server.end()
            return
        try:
            told.verify(server)
            told.since_refusal = None
            told.refused = 0
            told.look_for_erased(data, "after the next start")
            told.tell(server, [story.lead(f"last{len(told.shown)}")])
            if told.refused: told.find("the next start takes no writes")
            server.end()
        except Hung as hung:
            told.find(f"next start: {hung}")
        finally:
            server.kill()
        clean, words = check(self.options, data)
        if not clean: told.find(f"check: {words}")

    # MARK: Faults

    def run(self, fault):
        folder = self.work / str(fault).replace(":", "-")
        data = folder / "data"
        try:
            told, calls = self.tell(self.scenes[fault.scene], fault, data)
        except Exception as failure:  # of any kind: every fault is told of
            return fault, None, [f"could not be judged: {failure!r}"]
        hit = next((call for call in calls if call.get("fault")), None)
        if not told.findings: shutil.rmtree(folder)
        return fault, hit, told.findings


def faults(scene, calls, stride):
    """What can happen to each call."""
    numbered = [call for call in calls if call["call"] != "send"]
    for call in numbered[::stride]:
        at, name = call["n"], call["call"]
        yield Fault(scene, at, "EIO")
        if name in shim.OPENING: yield Fault(scene, at, "EMFILE")
        if name in shim.MOVING_BYTES: yield Fault(scene, at, "EIO", "short")
        if shim.changes(call):
            yield Fault(scene, at, "EIO", sticky=True)
            yield Fault(scene, at, "ENOSPC", sticky=True)
            if name not in ("unlink", "ftruncate"):
                yield Fault(scene, at, "ENOSPC")
                yield Fault(scene, at, "ENOSPC", run=3)
            if name in shim.MOVING_BYTES:
                yield Fault(scene, at, "EIO", "torn")
                yield Fault(scene, at, "ENOSPC", "torn")


def walk(binary, work, stride=1, only=None, out=sys.stdout):
    """Does it all, prints the findings, and returns the summary and whether there were none."""
    walker = Walk(binary, work)
    calls, findings = walker.prepare()
    for words in findings: print(f"walk: without a fault: {words}", file=out)
    if findings: return f"walk: {len(findings)} findings without any fault", False
    chosen = [Fault.read(only)] if only else [fault for scene in calls for fault in faults(scene, calls[scene], stride)]
    bad, missed = 0, 0
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for fault, hit, found in pool.map(walker.run, chosen):
            if not hit: missed += 1
            if not found: continue
            bad += 1
            where = f"{hit['call']} {pathlib.Path(hit['path']).name}" if hit else "nothing"
            print(f"walk: {fault} ({where}): " + "\n      ".join(found), file=out)
    counts = ", ".join(f"{len([c for c in calls[scene] if c['call'] != 'send'])} calls {scene}" for scene in calls)
    return (f"walk: {len(chosen)} faults ({counts}; {missed} met no call), {bad} with findings"
            + (f"; repeat one with walk.py --tandem {binary} --only FAULT, files in {work}" if bad else "")), bad == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tandem", required=True)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--only", help="one fault as it was told: SCENE:N:ERRNO:KIND[:sticky]")
    parser.add_argument("--work", help="where to work and leave what findings are about")
    given = parser.parse_args()
    summary, clean = walk(given.tandem, given.work or tempfile.mkdtemp(prefix="tandem-walk-"), given.stride, given.only)
    print(summary)
    sys.exit(0 if clean else 1)
