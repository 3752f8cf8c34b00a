"""Why a loss is no longer finite, from what was noted of its batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from datafix.diagnosis.batch_watch import NotFinite, Observed
from datafix.report import Issue, Severity

HINTS = {
    "x": "Find all such cells with datafix.audit, and fill them with datafix.impute.TableImputer, or drop the column.",
    "y": "Drop the rows that have no label before training; datafix.audit counts them.",
    "sample_weight": "Give every row a finite weight; 0 leaves it out.",
}
SLOWER = "Lower the learning rate to a tenth, or limit the gradients: optimizer Adam(1e-4, clipnorm=1.0)."
FIRST = (
    "Look at labels that the loss cannot take (a class beyond the outputs, a logarithm of a negative number) and at "
    "a division or logarithm of 0 in the model or its loss; scale inputs and targets to about 1."
)


def nan_loss_issue(
    *,
    epoch: int,
    batch: int,
    loss: float | None,
    losses: Sequence[float],
    observed: Observed,
    lacking: str,
    names: Sequence[str] | None,
) -> Issue:
    """Return the finding of a loss that is not finite.

    Parameters
    ----------
    epoch, batch : int
        As Keras counts them, from 0; ``batch`` is where Keras noticed, the last of several steps in one execution.
    loss : float or None
        NaN or infinite; None where the weights are, and the loss does not show it.
    losses : sequence of float
        The last finite ones, means of the epoch so far.
    observed : Observed
    lacking : str
        Why batches could not be looked into, "" where they could.
    names : sequence of str or None
        Of the columns of x.
    """
    batch = batch if observed.batch is None else observed.batch
    where = f"{_word(loss)} in epoch {epoch}, batch {batch} (counted from 0)"
    evidence: dict[str, Any] = {"epoch": epoch, "batch": batch, "losses": list(losses)}
    if observed.batch is not None and observed.bad_batch in (batch, batch - 1):
        return _of_the_data(where, evidence, observed, names)
    if observed.batch is None:
        cause, data = "unknown", f"the batch is not known: {lacking or 'the training step did not run through fit'}"
    else:
        cause = "diverged" if losses or batch else "first_batch"
        data = f"its data are finite ({_ranges(observed)})"
        evidence["ranges"] = {part: list(ends) for part, ends in (observed.ranges or {}).items()}
    course = f", after losses of {', '.join(f'{value:.4g}' for value in losses)}" if losses else ""
    message = f"{where}{course}; {data}."
    if cause == "diverged":
        message = f"{message[:-1]}: the weights diverged."
    hint = {
        "diverged": SLOWER,
        "first_batch": FIRST,
        "unknown": f"Look for NaN in the data with datafix.audit. {SLOWER}",
    }
    return Issue("nan_loss", Severity.ERROR, message, hint[cause], evidence={**evidence, "cause": cause})


def nan_weights_issue(epoch: int, losses: Sequence[float]) -> Issue:
    """Return the finding of weights that diverged within an epoch of finite data and losses."""
    return Issue(
        "nan_loss",
        Severity.ERROR,
        f"The weights are no longer finite after epoch {epoch} (counted from 0), and layers such as ReLU hide it from "
        f"the loss ({', '.join(f'{value:.4g}' for value in losses)} at last); the data were finite.",
        SLOWER,
        evidence={"epoch": epoch, "losses": list(losses), "cause": "diverged"},
    )


def nan_val_loss_issue(epoch: int, loss: float, observed: Observed, names: Sequence[str] | None) -> Issue:
    """Return the finding of validation rows that are not finite, though the training rows are."""
    if not observed.found:
        message = f"The validation loss is {loss} in epoch {epoch} (counted from 0), while the training loss is finite."
        hint = "Look for NaN in the validation rows: datafix.audit names their columns."
        return Issue("nan_val_loss", Severity.WARNING, message, hint, evidence={"epoch": epoch})
    worst = observed.found[0]
    columns = [_column(worst, at, names) for at in worst.columns]
    told = "; ".join(_told(found, names) for found in observed.found)
    hidden = ", which the validation loss does not show" if math.isfinite(loss) else ""
    return Issue(
        "nan_val_loss",
        Severity.WARNING,
        f"Validation rows are not finite in {observed.n_bad_batches} batch(es), the last of them batch "
        f"{observed.bad_batch} (counted from 0): {told}{hidden}.",
        HINTS[worst.part.split("[")[0]],
        column=", ".join(columns) or None,
        evidence={"epoch": epoch, "part": worst.part, "rows": list(worst.rows), "n_nan": worst.n_nan},
    )


def _of_the_data(where: str, evidence: dict[str, Any], observed: Observed, names: Sequence[str] | None) -> Issue:
    assert observed.batch is not None and observed.bad_batch is not None
    worst = observed.found[0]
    cause = worst.part.split("[")[0]
    columns = [_column(worst, at, names) for at in worst.columns]
    before = " of the batch before" if observed.bad_batch < observed.batch else ""
    told = "; ".join(_told(found, names) for found in observed.found)
    earlier = observed.n_bad_batches - 1
    spared = f" {earlier} batch(es) before it were not finite either, and the loss stayed so." if earlier else ""
    return Issue(
        "nan_loss",
        Severity.ERROR,
        f"{where}: {told}{before}.{spared}",
        HINTS[cause],
        column=", ".join(columns) or None,
        evidence={
            **evidence,
            "cause": cause,
            "part": worst.part,
            "columns": [at[0] if len(at) == 1 else list(at) for at in worst.columns],
            "rows": list(worst.rows),
            "n_columns": worst.n_columns,
            "n_rows": worst.n_rows,
            "n_nan": worst.n_nan,
            "n_infinite": worst.n_infinite,
        },
    )


def _told(found: NotFinite, names: Sequence[str] | None) -> str:
    what = " or ".join(word for word, n in (("NaN", found.n_nan), ("infinite", found.n_infinite)) if n)
    rows = _listed("row", [str(row) for row in found.rows], found.n_rows)
    if found.n_places == 1:
        return f"{found.part} is {what} in {rows}"
    noun = "column" if len(found.columns[0]) == 1 else "position"
    columns = _listed(noun, [_column(found, at, names) for at in found.columns], found.n_columns)
    return f"{columns} of {found.part} {'is' if found.n_columns == 1 else 'are'} {what} in {rows}"


def _column(found: NotFinite, at: tuple[int, ...], names: Sequence[str] | None) -> str:
    """Return the name of a place in a row: of the column, of the input that is one column, else its index."""
    if found.part == "x" and names is not None and len(names) == found.n_places and len(at) == 1:
        return str(names[at[0]])
    if found.n_places == 1:
        return found.part
    return str(at[0] if len(at) == 1 else at)


def _listed(noun: str, items: Sequence[str], n: int) -> str:
    more = f" and {n - len(items)} more" if n > len(items) else ""
    return f"{noun}{'s' if n > 1 else ''} {', '.join(items)}{more}"


def _ranges(observed: Observed) -> str:
    return ", ".join(f"{part} from {low:.4g} to {high:.4g}" for part, (low, high) in (observed.ranges or {}).items())


def _word(loss: float | None) -> str:
    if loss is None:
        return "The weights became NaN, hidden from the loss,"
    return f"The loss became {'NaN' if math.isnan(loss) else 'infinite'}"
