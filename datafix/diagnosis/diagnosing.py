"""diagnose(): why a trained model predicts wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from datafix.diagnosis.after import AFTER, CAUSES, EXACT, GENERAL
from datafix.diagnosis.after.explained import TOLD
from datafix.diagnosis.after.pictures import confusion, curves
from datafix.diagnosis.asking import ask
from datafix.diagnosis.before import BEFORE
from datafix.diagnosis.case import Case
from datafix.diagnosis.drawing import tensorflow_seeded
from datafix.diagnosis.mending import with_mends
from datafix.errors import ParameterError
from datafix.preparation import Prepared
from datafix.report import Issue, Report, Severity

FAILURES = ("underfitting", "behind_trees", "overfitting")
SYMPTOMS = ("metrics", "one_batch")
NEEDED = frozenset({"array", "numbers", "one_output", "fits", "target", "labels"})
"""What must be there for a prediction to be held against a label."""
BY_CHANCE = 0.9
"""Of the error of guesses: from there on a network is hardly better."""


def diagnose(model: Any, prepared: Prepared, *, history: Any = None, try_mends: bool = False) -> Report:
    """Find out why a trained model predicts wrongly: causes, ranked by how much of the error they explain.

    The held-out error is that of the test part, or where there is none of the validation part. Where it can, the
    evidence is counterfactual: a cause is undone and the error counted again. What ``check_model`` asks is asked too,
    of the model as it was before training. The model stays as it is.

    Parameters
    ----------
    model : keras.Model
        Compiled and trained, of one input and one output.
    prepared : Prepared
        What it was trained on, with a test or validation part.
    history : keras.callbacks.History, or dict of str to list, optional
        What ``model.fit`` returned.
    try_mends : bool, default=False
        Try the mends that can do no harm (another learning rate or one that falls, scaled inputs or target, stopping
        early, unlikely labels left out, class weights) by training a copy anew, and tell what each brings on
        validation rows, never on test rows. That takes as long as a training each.

    Returns
    -------
    report : Report
        Errors first, and of these causes in model and data before what they lead to. ``evidence["explains"]`` is the
        share of the error that a cause explains; causes overlap, so that shares need not add up to 1.

    Raises
    ------
    ParameterError
        If the model is not built and compiled, or the data are not prepared or have no held-out part or no target, or
        ``try_mends`` is no bool.

    Examples
    --------
    >>> import keras, numpy as np, datafix
    >>> X = np.random.default_rng(0).normal(size=(400, 2)).astype("float32")
    >>> y = (X[:, 0] > 0).astype(int)
    >>> split = datafix.split(X, y, validation_size=0, random_state=0)
    >>> prepared = datafix.prepare(None, X, y, split=split)
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer=keras.optimizers.Adam(0.1), loss="binary_crossentropy")
    >>> history = model.fit(prepared.train.features, prepared.train.target, epochs=9, verbose=0)
    >>> prepared.test.features[:, [0, 1]] = prepared.test.features[:, [1, 0]]
    >>> diagnose(model, prepared, history=history).issues[0].check
    'serving_skew'
    """
    if not isinstance(prepared, Prepared):
        raise ParameterError(f"diagnose needs the Prepared of datafix.prepare, got {type(prepared).__name__}.")
    held_out = prepared.test if prepared.test is not None else prepared.validation
    if held_out is None or not len(held_out):
        raise ParameterError("diagnose needs held-out rows: a split with a test or validation part.")
    if held_out.target is None:
        raise ParameterError("diagnose needs a target: datafix.prepare(pipeline, X, y, split=split).")
    if not isinstance(try_mends, bool):
        raise ParameterError(f"diagnose needs try_mends True or False, got {try_mends!r}.")
    case = Case(model, prepared, _losses(history), _batch_size(history, prepared))
    with tensorflow_seeded(0):
        return _diagnosed(case, try_mends=try_mends)


def _diagnosed(case: Case, *, try_mends: bool) -> Report:
    found, passed, skipped = ask(BEFORE, case.untrained, case.untrained.lacking)
    lacking = case.lacking
    if needed := sorted(lacking.keys() & NEEDED):
        not_asked = {question.name: lacking[needed[0]] for question in AFTER}
        return Report(found, passed=passed, skipped=skipped | not_asked, title="datafix diagnosis")
    after: list[Issue] = []
    for questions in (EXACT, CAUSES, GENERAL):
        also, also_passed, also_skipped = ask(questions, case, lacking)
        telling = [issue for issue in also if not _explains_nothing(issue)]
        also_passed += sorted({issue.check for issue in also} - {issue.check for issue in telling})
        after += sorted(telling, key=lambda issue: -float(issue.evidence.get("explains", 1.0)))
        passed, skipped = [*passed, *also_passed], skipped | also_skipped
    issues = _graver([*_once(found, after), *after], by_chance=case.error > BY_CHANCE * case.error_of_guesses)
    if try_mends and "trial" not in lacking:
        if case.validation is None:
            raise ParameterError("diagnose tries mends on validation rows: split with validation_size > 0.")
        issues = with_mends(issues, case)
    return Report(
        issues,
        passed=passed,
        skipped=skipped,
        shapes={"train": case.subject.features.shape, "held out": case.test.features.shape},
        title=_title(case),
        figures=[figure for figure in (curves(case), confusion(case)) if figure is not None],
    )


def _title(case: Case) -> str:
    return f"datafix diagnosis: {case.score_name} {1 - case.error:.3f} held out, {1 - case.train.error:.3f} in training"


def _once(before: list[Issue], after: list[Issue]) -> list[Issue]:
    """Return what was found of the model before training, without what was found of the trained one too."""
    said = {(issue.check, issue.message) for issue in after}
    return [issue for issue in before if (issue.check, issue.message) not in said]


def _explains_nothing(issue: Issue) -> bool:
    """Return whether a cause is told by its share of the error alone, and has none."""
    return issue.severity is Severity.INFO and issue.evidence.get("explains", 1.0) < TOLD


def _graver(found: list[Issue], *, by_chance: bool) -> list[Issue]:
    """Return flaws of the network as errors where its error shows that it did fail."""
    flaws = {question.name for question in BEFORE} - set(SYMPTOMS)
    failed = by_chance or any(issue.check in FAILURES and issue.severity is Severity.ERROR for issue in found)
    return [
        replace(issue, severity=Severity.ERROR)
        if failed
        and issue.check in flaws
        and (issue.severity is Severity.WARNING or issue.check in ("row_order", "network_kind"))
        else issue
        for issue in found
    ]


def _losses(history: Any) -> dict[str, list[float]] | None:
    known = getattr(history, "history", history)
    if known is None:
        return None
    if not isinstance(known, Mapping) or not all(isinstance(values, Iterable) for values in known.values()):
        raise ParameterError(
            f"diagnose needs history as model.fit returns it, got {type(history).__name__}: a list of numbers for each "
            "loss and metric."
        )
    return {str(name): list(values) for name, values in known.items()}


def _batch_size(history: Any, prepared: Prepared) -> int | None:
    steps = (getattr(history, "params", None) or {}).get("steps")
    return None if not steps else -(-len(prepared.train) // steps)
