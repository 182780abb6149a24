"""What a disk may hold after losing power, worked out from the log of the calls before.

A file is a list of contents: the one that was synced last, and one for each change since. After the loss any of its
blocks is as in any of them, and its size is anything in between. A directory has the entries that were synced last and
the changes since, each of which is there or not. Nothing more is taken for granted: that a file's sync makes its name
durable too, that names become durable in order, or that sizes wait for content, is true of some file systems only.
"""
import os
import posixpath


UNCHANGING = {"send", "read", "pread", "stat", "fstat", "access", "flock", "readdir"}


class File:
    def __init__(self, content=b""):
        self.contents = [content]

    @property
    def newest(self): return self.contents[-1]

    def write(self, place, written):
        old = self.newest.ljust(place, b"\0")
        self.contents.append(old[:place] + written + old[place + len(written):])

    def resize(self, size):
        self.contents.append(self.newest[:size].ljust(size, b"\0"))

    def sync(self): self.contents = [self.newest]

    def after_loss(self, chance, habit):
        if len(self.contents) == 1: return self.newest
        if habit.files == "none": return self.contents[0]
        if habit.files == "all": return self.newest
        size = self.size_after_loss(chance, habit)
        parts = []
        for place in range(0, size, habit.block):
            # An older content that ends before the block leaves zeros in it.
            content = self.newest if chance.random() < habit.kept else chance.choice(self.contents)
            end = min(place + habit.block, size)
            parts.append(content[place:end].ljust(end - place, b"\0"))
        return b"".join(parts)

    def size_after_loss(self, chance, habit):
        sizes = [len(content) for content in self.contents]
        small, large = min(sizes), max(sizes)
        way = chance.random()
        if way < 0.5: return sizes[-1]
        if way < 0.7: return chance.choice(sizes)
        if way < 0.85: return chance.randint(small, large)
        # Blocks as a whole, as file systems do that write a size when they give out a block.
        return max(small, min(large, chance.randint(small, large) // habit.block * habit.block))


class Directory:
    def __init__(self):
        self.synced = {}
        self.entries = {}
        self.changes = []

    def change(self, *change):
        """`("put", name, node)`, `("remove", name)`, or `("rename", from, to, node)`."""
        self.changes.append(change)
        apply(change, self.entries)

    def sync(self):
        self.synced = dict(self.entries)
        self.changes = []

    def after_loss(self, chance, habit):
        entries = dict(self.synced)
        if habit.names == "first":
            kept = self.changes[:chance.randint(0, len(self.changes))]
        else:
            kept = [change for change in self.changes if chance.random() < habit.kept]
        for change in kept: apply(change, entries)
        return entries


def apply(change, entries):
    if change[0] == "put": entries[change[1]] = change[2]
    else: entries.pop(change[1], None)
    if change[0] == "rename": entries[change[2]] = change[3]


class Habit:
    """How the disk of one image treats what was not synced."""

    def __init__(self, chance):
        self.block = chance.choice([512, 4096])
        self.kept = chance.choice([0.2, 0.5, 0.8, 0.95])
        # The extremes of no and all unsynced content are images too.
        self.files = chance.choice(["none", "all"] + ["some"] * 6)
        # Journalling file systems keep the changes of names in order; a disk without one need not.
        self.names = chance.choice(["first", "any"])

    def __str__(self): return f"{self.files} of the blocks of {self.block}, kept {self.kept}, names {self.names}"


class Disk:
    """A directory tree under `root`, changed by logged calls."""

    def __init__(self, root):
        self.root = str(root)
        self.top = Directory()
        self.open = {}

    def load(self, folder):
        """Begins with what is in `folder`, all of it synced, as if it were the root."""
        self.top = loaded(folder)

    def end_of_process(self): self.open = {}

    def play(self, call, written):
        """One logged call; `written` gives the bytes of a write."""
        if call["result"] < 0 or call["call"] in UNCHANGING: return
        {"open": self._open, "opendir": self._open, "close": self._close, "mkdir": self._mkdir, "rename": self._rename,
         "unlink": self._unlink}.get(call["call"], self._change)(call, written)

    def _open(self, call, written):
        parent, name = self._place(call["path"])
        node = parent.entries.get(name) if parent else self.top
        if node is None:
            node = File()
            parent.change("put", name, node)
        elif call.get("truncates") and node.newest: node.resize(0)
        self.open[call["result"]] = node

    def _close(self, call, written): self.open.pop(call["fd"], None)

    def _mkdir(self, call, written):
        parent, name = self._place(call["path"])
        parent.change("put", name, Directory())

    def _rename(self, call, written):
        (parent, old), (other, new) = self._place(call["path"]), self._place(call["to"])
        assert parent is other, "a rename between directories is not modelled"
        parent.change("rename", old, new, parent.entries[old])

    def _unlink(self, call, written):
        parent, name = self._place(call["path"])
        parent.change("remove", name)

    def _change(self, call, written):
        node, name = self.open[call["fd"]], call["call"]
        if name in ("write", "pwrite", "writev"): node.write(call["place"], written(call))
        elif name in ("fdatasync", "fsync"): node.sync()
        elif name == "ftruncate": node.resize(call["size"])
        elif name == "fallocate":
            # With FALLOC_FL_KEEP_SIZE (1) no content changes: what is taken reads as zeros, as what was lost does.
            end = call["place"] + call["count"]
            if call["mode"] == 0 and end > len(node.newest): node.resize(end)
            assert call["mode"] in (0, 1), "this use of fallocate is not modelled"
        else: assert name == "sync_file_range", name  # promises nothing

    def _place(self, path):
        """The directory and name of a path; no directory for the root itself."""
        relative = posixpath.relpath(posixpath.normpath(path), self.root)
        if relative == ".": return None, None
        *folders, name = relative.split("/")
        node = self.top
        for folder in folders: node = node.entries[folder]
        return node, name

    @property
    def is_synced(self):
        """Whether a loss here leaves one thing only."""
        return synced(self.top)

    def lose_power(self, folder, chance, habit):
        """Writes into `folder` what is left."""
        write_out(self.top, folder, chance, habit)


def synced(node):
    if isinstance(node, File): return len(node.contents) == 1
    return not node.changes and all(synced(child) for child in node.entries.values())


def write_out(node, path, chance, habit):
    if isinstance(node, File):
        with open(path, "wb") as file: file.write(node.after_loss(chance, habit))
        return
    os.mkdir(path)
    for name, child in sorted(node.after_loss(chance, habit).items()):
        write_out(child, os.path.join(path, name), chance, habit)


def loaded(path):
    if os.path.isfile(path):
        with open(path, "rb") as file: return File(file.read())
    directory = Directory()
    directory.entries = {name: loaded(os.path.join(path, name)) for name in os.listdir(path)}
    directory.sync()
    return directory
