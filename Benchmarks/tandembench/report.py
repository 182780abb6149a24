"""Tables and verdicts in plain text."""


def verdict(met):
    return "met" if met else "missed"


def spread(values, form="{:.2f}"):
    """The smallest and the largest."""
    return f"{form.format(min(values))}–{form.format(max(values))}"


def table(header, rows):
    widths = [max(len(str(row[column])) for row in [header, *rows]) for column in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip(), flush=True)


def title(text):
    print(f"\n{text}", flush=True)


def note(text):
    print(f"  {text}", flush=True)
