"""The clients of the soak, good and bad, and how many there are of each."""

from clients.bombs import Crowd, DeepJSON, GzipBomb, HugeBody, HugeHead, Knocker
from clients.broken import BadChunks, BadFrames, Cutter, Mutant, Noise
from clients.figures import Asker
from clients.good import Chunker, Lister, Pipeliner, Reader, Writer
from clients.secure import HalfHandshake, Resumer, RudeSecureClient, WrongProtocol
from clients.slow import HalfClosed, Idler, SlowBody, SlowHead, SlowReader
from clients.streams import Follower, Keeper, LazyFollower, LazyKeeper

CROWD = {
    Reader: 3, Lister: 3, Writer: 3, Pipeliner: 3, Chunker: 3, Asker: 2,
    Follower: 6, LazyFollower: 3, Keeper: 2, LazyKeeper: 4,
    Resumer: 2, RudeSecureClient: 2, HalfHandshake: 3, WrongProtocol: 2,
    SlowHead: 4, SlowBody: 4, SlowReader: 4, Idler: 6, HalfClosed: 2,
    BadChunks: 1, BadFrames: 1, Cutter: 2, Noise: 2, Mutant: 3,
    HugeHead: 1, HugeBody: 1, GzipBomb: 1, DeepJSON: 1, Knocker: 1, Crowd: 1,
}


def all_clients(scene):
    """One of each, as often as it is in the crowd."""
    return [kind(scene, number) for kind, count in CROWD.items() for number in range(count)]
