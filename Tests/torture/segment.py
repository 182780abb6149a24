"""One segment of the journal."""

from sealed import Damage, is_whole, read_header, read_json, read_lines


class Segment:
    """What a segment holds up to its end or to the first line that is not whole."""

    def __init__(self, seq, path, is_last):
        self.version = None
        self.entries = []  # (number of the line, the entry)
        self.findings = []
        self.cut = 0  # bytes at the end that were never synced
        self.next = seq
        self._seq = seq
        self._synced = 0
        lines = read_lines(path)
        for number, line in enumerate(lines, 1):
            if is_whole(line):
                self._read(line, number)
                continue
            self._judge_end(lines[number - 1:], number, is_last)
            break
        else:
            if not lines and not is_last: raise Damage(1, "there is no header")

    def _read(self, line, number):
        if number == 1:
            self.version = read_header(line, "journal", self._seq)
            return
        value = read_json(line, number)
        if "seq" not in value:
            self._read_mark(value, number)
            return
        if value["seq"] != self.next: raise Damage(number, f"entry {value['seq']} stands where {self.next} should")
        self._verify_synced(value.get("synced"), self.next - 1, number)
        self.entries.append((number, value))
        self.next += 1

    def _read_mark(self, value, number):
        if not isinstance(value.get("synced"), int): raise Damage(number, "it is neither entry nor mark")
        self._verify_synced(value["synced"], self.next - 1, number)

    def _verify_synced(self, synced, newest, number):
        """What is on disk was written before, and stays there."""
        if synced is None: return
        if not self._synced <= synced <= newest:
            self.findings.append(f"line {number}: synced is {synced}, and must be from {self._synced} to {newest}")
        self._synced = synced

    def _judge_end(self, lines, number, is_last):
        """Only what was never synced may be torn: nothing whole behind it says that it was on disk."""
        if not is_last: raise Damage(number, "it is not whole, and the segment is not the last")
        for behind, line in enumerate(lines[1:], number + 1):
            if not is_whole(line): continue
            # Format 1 does not say what was synced, so whatever has a whole line behind it may have been answered.
            if self.version == 1: raise Damage(number, f"it is not whole, and line {behind} is")
            if read_json(line, behind).get("synced", -1) >= self.next:
                raise Damage(number, f"it is not whole, and line {behind} says that it was on disk")
        self.cut = sum(len(line) for line in lines)
