"""CPU seconds, told as JSON lines."""

import json
import time


def cpu_seconds(function, repeat=3):
    """Return the fewest CPU seconds (of all threads) that a call took."""
    taken = []
    for _ in range(repeat):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


def tell(benchmark, **figures):
    """Print one line of JSON."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"benchmark": benchmark, **rounded}), flush=True)
