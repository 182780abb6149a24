"""Loses power at many points of a recorded run and verifies what a start makes of what the disk may hold then.

A write counts as answered from the call on that sent its answer. Every image must be started from without a refusal
and hold, of each writer, all answered writes and at most the one that was under way, whole, and nothing else. Some
images are gone on with in a recorded run of their own, which loses power again while the start still mends what the
first loss left, or soon after.
"""
import argparse
import concurrent.futures
import pathlib
import random
import shutil
import sys
import tempfile

import recording
import shim
from disk import Disk, Habit
from server import Hung, Options, Server, check

PARALLEL = 2
PARTS = ["first", "second"]  # two processes, so that what a start does to the files is lost too
BEGIN = "begin"  # in a recording's folder: what the disk held before it
IMAGES_AGAIN = 20  # from each run after a loss


class Run:
    """A recording, read back: every call of all its processes in order."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.parts, self.writers, self.base = recording.load(folder)
        self.calls, self.starts, self.bytes = [], [], {}
        self.is_sampled = False
        self.answers = {}  # the number of calls after which a request is answered
        for part in self.parts:
            begin = len(self.calls)
            self.starts.append(begin)
            self.bytes[part] = self.folder.joinpath(f"{part}.log.bytes").read_bytes()
            self.calls += [{**call, "part": part} for call in shim.calls(self.folder / f"{part}.log")]
            for request, place in recording.answered_requests(folder, part).items():
                self.answers[request] = begin + place + 1
        self._find_points()

    def _find_points(self):
        """After how many calls it makes a difference to lose power, and where it leaves more than one thing."""
        writes = {self.answers[request] for writer in self.writers for request in writer.requests}
        self.points, self.open_points = [0], []
        disk = self._disk_at_first()
        for place, call in enumerate(self.calls):
            if place in self.starts: disk.end_of_process()
            disk.play(call, self.written)
            if place + 1 in writes or shim.changes(call):
                self.points.append(place + 1)
                if not disk.is_synced: self.open_points.append(place + 1)

    def written(self, call):
        start, count = call["bytes"]
        return self.bytes[call["part"]][start:start + count]

    def _disk_at_first(self):
        disk = Disk(self.folder)
        if self.folder.joinpath(BEGIN).exists(): disk.load(self.folder / BEGIN)
        return disk

    def keep_points_until(self, answers):
        """Leaves out what comes after so many answered writes."""
        places = sorted(self.answers[request] for writer in self.writers for request in writer.requests)
        self.points = [point for point in self.points if point <= places[answers - 1]]
        self.is_sampled = True
        self.open_points = [point for point in self.open_points if point <= places[answers - 1]]

    def disk(self, point):
        disk = self._disk_at_first()
        for place, call in enumerate(self.calls[:point]):
            if place in self.starts: disk.end_of_process()
            disk.play(call, self.written)
        return disk

    def answered(self, writer, point):
        """How many of the writer's writes were answered by then."""
        return sum(1 for request in writer.requests if self.answers[request] <= point)

    def largest_batch(self):
        """How many entries one write held: with fewer than two, a torn batch has not been tried."""
        return max(self.written(call).count(b"\n") for call in self.calls
                   if call["call"] == "write" and "/journal/0" in call["path"])

    def image(self, number, count, seed):
        """The point and the chance of one image: all points, or as many in even steps; then more of the open ones."""
        chance = random.Random(f"{seed} {number}")
        if self.is_sampled: return chance.choice(self.points), chance
        if count < len(self.points): return self.points[number * len(self.points) // count], chance
        return (self.points[number] if number < len(self.points) else chance.choice(self.open_points)), chance


class Images:
    def __init__(self, options, run, count, seed, work):
        self.options, self.run, self.count, self.seed, self.work = options, run, count, seed, pathlib.Path(work)

    def verify(self, number):
        """Makes one image, starts from it, and returns its findings."""
        point, chance = self.run.image(number, self.count, self.seed)
        habit = Habit(chance)
        folder, before = self.work / f"image-{number}", self.work / f"image-{number}-before"
        for old in (folder, before): shutil.rmtree(old, ignore_errors=True)
        self.run.disk(point).lose_power(before, chance, habit)
        shutil.copytree(before, folder)
        findings = self.start(folder / "data", point)
        if not findings:
            for done in (folder, before): shutil.rmtree(done)
        return number, f"{self.place(point)}; {habit}", findings

    def place(self, point):
        if not point: return "at first"
        last = self.run.calls[point - 1]
        if last["call"] == "send": return f"{last['part']} run, after the answer that came after call {last['n']}"
        return f"{last['part']} run, after call {last['n']}, {last['call']} {pathlib.Path(last['path']).name}"

    def start(self, data, point):
        findings = []
        if data.joinpath("journal").exists():
            # An image that no start has seen yet may be torn at its end and is not damaged.
            clean, words = check(self.options, data)
            if not clean: findings.append(f"check before the start: {words}")
        try:
            server = Server(self.options, data)
        except Hung as hung:
            return findings + [f"{hung}"]
        if not server.started:
            server.end()
            return findings + [f"the start was refused: {server.errors().strip()}"]
        try:
            findings += self.compare(server, point)
            answer = server.ask("POST", "/v1/leads", {"name": "z", "email": "afterwards@x.example"})
            if answer.status != 201: findings.append(f"a write after the start was answered {answer}")
            server.end()
        except Exception as failure:  # of any kind: every image is told of
            findings.append(f"after the start: {failure!r}")
            server.kill()
        clean, words = check(self.options, data)
        if not clean: findings.append(f"check: {words}")
        return findings

    def compare(self, server, point):
        found = listed(server)
        findings = []
        before = {id: found.pop(id) for id in list(found) if id in self.run.base}
        if before != self.run.base: findings.append("what the start after the first loss showed is not there as it was")
        for writer in self.run.writers:
            ids = {id for state in writer.states for id in state}
            have = {id: found.pop(id) for id in list(found) if id in ids}
            answered = self.run.answered(writer, point)
            if have in writer.states[answered:answered + 2]: continue
            older = [place for place, state in enumerate(writer.states) if state == have]
            findings.append(f"writer {writer.number} had {answered} answered writes, and "
                            + (f"the state after {older[0]}" if older else "a state that never was") + " is there")
        if found: findings.append(f"records that nobody asked for: {sorted(found)}")
        return findings


def listed(server):
    """Every record by id."""
    found = {}
    for resource in ("leads", "deals"):
        answer = server.ask("GET", f"/v1/{resource}?limit=500")
        assert answer.status == 200 and answer.body["next"] is None, f"GET /v1/{resource} was answered {answer}"
        found |= {body["id"]: body for body in answer.body["data"]}
    return found


def record(options, work):
    """Records both processes into `work`."""
    library = shim.build(work)
    writers = [recording.Writer(number) for number in range(recording.WRITERS)]
    for part in PARTS: recording.run(options, library, work, part, writers, 1)
    recording.save(work, PARTS, writers)


def record_again(options, run, number, seed, folder):
    """Loses power in `run` and records how a server goes on from there; `False` where it does not start."""
    chance = random.Random(f"{seed} again {number}")
    folder.mkdir()
    run.disk(chance.choice(run.open_points)).lose_power(folder / BEGIN, chance, Habit(chance))
    shutil.copytree(folder / BEGIN, folder / "look")
    server = Server(options, folder / "look" / "data")
    if not server.started:
        server.end()
        return False
    base = listed(server)
    server.end()
    if folder.joinpath(BEGIN, "data").exists(): shutil.copytree(folder / BEGIN / "data", folder / "data")
    writers = [recording.Writer(number) for number in range(recording.WRITERS)]
    recording.run(options, shim.build(folder), folder, f"again{number}", writers, 1)
    recording.save(folder, [f"again{number}"], writers, base)
    return True


def verify_images(options, run, numbers, count, seed, out):
    """Verifies images of a run, prints the findings, and returns how many images had some."""
    images = Images(options, run, count, seed, run.folder)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for number, where, findings in pool.map(images.verify, numbers):
            if not findings: continue
            bad += 1
            print(f"powerloss: image {number} of {run.folder.name} ({where}): "
                  + "\n           ".join(findings), file=out)
    return bad


def opened(folder):
    """A recording, to make images of; of one after a loss only the beginning, where what the loss left is mended."""
    run = Run(folder)
    if run.folder.joinpath(BEGIN).exists(): run.keep_points_until(6)
    return run


def lose_power(binary, work, count=300, seed=1, image=None, out=sys.stdout):
    """Does it all, prints the findings, and returns the summary and whether there were none."""
    options = Options(binary)
    work = pathlib.Path(work).resolve()
    if not work.joinpath("recording.json").exists(): record(options, work)
    run = opened(work)
    if image is not None:
        bad = verify_images(options, run, [image], count, seed, out)
        return f"powerloss: image {image}, {'with' if bad else 'no'} findings", not bad
    bad = verify_images(options, run, range(count), count, seed, out)
    again = 0
    for number in range(count // 3 // IMAGES_AGAIN):
        folder = work / f"again{number}"
        # Where it does not start, that is a finding of the first kind.
        if not record_again(options, run, number, seed, folder): continue
        bad += verify_images(options, opened(folder), range(IMAGES_AGAIN), count, seed, out)
        again += IMAGES_AGAIN
    summary = (f"powerloss: {count} images of {len(run.points)} points, {len(run.open_points)} of them not synced, "
               f"largest batch {run.largest_batch()}, {again} images of a second loss, seed {seed}, "
               f"{bad} with findings")
    if bad:
        summary += (f"; repeat one with powerloss.py --tandem {binary} --recording {work}[/againN] --images {count} "
                    f"--seed {seed} --image N")
    return summary, bad == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tandem", required=True)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recording", help="a run recorded before; else one is made")
    parser.add_argument("--image", type=int, help="only this one")
    given = parser.parse_args()
    folder = given.recording or tempfile.mkdtemp(prefix="tandem-powerloss-")
    summary, clean = lose_power(given.tandem, folder, given.images, given.seed, given.image)
    print(summary)
    sys.exit(0 if clean else 1)
