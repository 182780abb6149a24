"""Paired runs: each round has one run of everybody, and a ratio is always of two runs of one round."""

from statistics import median

from . import report

HEADER = ["what", "conns", "beside", "µs", "ratio", "min–max", "requests/s", "p50 ms", "p99 ms", "busy", ""]


def run(options, loads):
    """Runs of each load by its name, one a round; a load is called with the seconds it has."""
    for load in loads.values():
        load(options.warm_up)
    runs = {name: [] for name in loads}
    for number in range(options.pairs):
        # To and fro, so that nobody always follows the same one.
        for name in list(loads)[::-1 if number % 2 else 1]:
            runs[name].append(loads[name](options.duration))
    return runs


def row(what, connections, runs, ours, theirs, threshold):
    """One line of the table: medians of one load beside those of another, and the median of the rounds' ratios."""
    sides = runs[ours], runs[theirs]
    ratios = [mine.microseconds / other.microseconds for mine, other in zip(*sides)]
    ratio = median(ratios)
    return [what, connections, theirs, _both(sides, "{:.2f}", lambda one: one.microseconds),
            f"{ratio:.2f}", report.spread(ratios), _both(sides, "{:,.0f}", lambda one: one.per_second),
            _both(sides, "{:.2f}", lambda one: one.p50 * 1000), _both(sides, "{:.2f}", lambda one: one.p99 * 1000),
            _both(sides, "{:.0%}", lambda one: one.busy), _verdict(ratio, threshold)]


def row_not_there(what, connections, theirs, threshold):
    return [what, connections, theirs, "not there", *[""] * 6, f"≤ {threshold}"]


def _verdict(ratio, threshold):
    return f"≤ {threshold} {report.verdict(ratio <= threshold)}" if threshold else ""


def _both(sides, form, figure):
    return " / ".join(form.format(median(map(figure, side))) for side in sides)
