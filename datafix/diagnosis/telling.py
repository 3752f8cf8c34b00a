"""What Keras and TensorFlow say of an error, in a line."""

from __future__ import annotations

import re

LONGEST = 300


def said_by(error: Exception) -> str:
    r"""Return the reason that an error gives, without the traces and arguments around it.

    Examples
    --------
    >>> said_by(ValueError("Exception encountered when calling Dense.call().\n\n\x1b[1mToo wide.\x1b[0m\n\nGiven:"))
    'Dense: Too wide.'
    """
    text = str(error)
    caller = re.search(r"Exception encountered when calling (\w+)\.\w+\(\)", text)
    bold = re.search(r"\x1b\[1m(.+?)\x1b\[0m", text, re.DOTALL)
    reason = bold.group(1) if bold else text
    reason = re.sub(r"\{\{[^}]*\}\}\s*|__wrapped__\S+\s*|device:\S+\s*|\[Op:[^\]]*\].*", "", reason, flags=re.DOTALL)
    reason = " ".join(reason.split())
    if len(reason) > LONGEST:
        end = reason.rfind(". ", 0, LONGEST)
        reason = reason[: end + 1] if end > 0 else f"{reason[:LONGEST]}…"
    return f"{caller.group(1)}: {reason}" if caller else reason
