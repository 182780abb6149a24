"""One snapshot."""

from checksum import crc32c
from sealed import Damage, is_whole, read_header, read_json, read_lines


def read_snapshot(seq, path):
    """A snapshot's version, and the seq (`None` in format 1) and record (`None` where gone) by resource and id."""
    lines = read_lines(path)
    if not lines or not is_whole(lines[0]): raise Damage(1, "it is not whole")
    version = read_header(lines[0], "snapshot", seq)
    # The last line must be there, so a file that was cut is told from one that ends.
    if len(lines) < 2 or not is_whole(lines[-1]): raise Damage(len(lines), "it is the last and not whole")
    standings = _read_first_format(lines) if version == 1 else _read_second_format(lines)
    return version, _by_id(standings)


def _read_first_format(lines):
    end = read_json(lines[-1], len(lines))
    records = lines[1:-1]
    if end.get("records") != len(records): raise Damage(len(lines), f"it counts {end.get('records')} records")
    if end.get("records_crc") != crc32c(b"".join(records)): raise Damage(len(lines), "the records are not those")
    return [(number, read_json(line, number)) for number, line in enumerate(records, 2)]


def _read_second_format(lines):
    found, block = [], []
    for number, line in enumerate(lines[1:], 2):
        value = read_json(line, number)
        if "lines" not in value:
            found.append((number, value))
            block.append(line)
            continue
        if not is_whole(line): raise Damage(number, "it vouches for lines and is not whole")
        if value["lines"] != len(block): raise Damage(number, f"it counts {value['lines']} lines")
        if value.get("lines_crc") != crc32c(b"".join(block)): raise Damage(number, "the lines are not those")
        if ("end" in value) != (number == len(lines)): raise Damage(number, "the end is not in the last line")
        block = []
    # The count of all is `end` itself, or a member beside it.
    counts = [value.get("end"), value.get("records")]
    if block or not any(count is not True and count == len(found) for count in counts):
        raise Damage(len(lines), f"it does not count {len(found)} lines")
    return found


def _by_id(lines):
    found = {}
    for number, line in lines:
        record = line.get("record")
        name = line.get("resource"), record["id"] if record else line.get("id")
        if None in name: raise Damage(number, "it does not say what it is of")
        if name in found: raise Damage(number, f"{name[1]} is there twice")
        found[name] = line.get("seq"), record
    return found
