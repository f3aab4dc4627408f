"""The list of cases. Each is a function that takes an `Attack` and returns how the runtime withstood it, or raises."""

CASES = []


def case(*rows):
    """Marks a function as the case of the advisories `rows`."""
    def register(function):
        function.rows = rows
        CASES.append(function)
        return function
    return register
