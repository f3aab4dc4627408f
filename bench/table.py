"""Tables as plain text. A failure is shown where the number would be, and in full below its table."""

from cases import Failure

WIDTH = 44


def cell(value):
    if value is None:
        return "-"
    if isinstance(value, Failure):
        text = f"failed: {value}"
        return text if len(text) <= WIDTH else text[:WIDTH - 3] + "..."
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return value


def ratio(value, to):
    """A quotient, or None where one of the two is not a number."""
    numbers = all(isinstance(x, (int, float)) for x in (value, to))
    return value / to if numbers and to else None


def show(title, heads, rows):
    """Prints a table: the first column to the left, the others to the right."""
    texts = [heads] + [[cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in texts) for i in range(len(heads))]
    print(f"\n{title}")
    for number, row in enumerate(texts):
        print("  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                        for i, (text, width) in enumerate(zip(row, widths))).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    for row in rows:
        for head, value in zip(heads, row):
            if isinstance(value, Failure) and cell(value).endswith("..."):
                print(f"{row[0]}, {head}: failed: {value}")
    print(end="", flush=True)


def compare(title, label, names, results):
    """A table with a row per key of `results` (key to name to value) and columns for the ratios to crun and floor."""
    compared = [(name, to) for to in ("crun", "floor", "nothing") if to in names
                for name in names if name not in (to, "floor", "nothing")]
    rows = [[key, *map(values.get, names), *(ratio(values.get(name), values.get(to)) for name, to in compared)]
            for key, values in results.items()]
    show(title, [label, *names, *(f"{name}/{to}" for name, to in compared)], rows)
