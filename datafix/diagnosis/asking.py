"""All questions asked of one subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datafix.diagnosis.question import Question
from datafix.report import Issue


def ask(
    questions: Iterable[Question[Any]], asked: Any, lacking: Mapping[str, str]
) -> tuple[list[Issue], list[str], dict[str, str]]:
    """Return what the questions found, the names of those that found nothing, and of those not asked, with the reason.

    Parameters
    ----------
    questions : iterable of Question
    asked : Subject or Case
    lacking : mapping of str to str
        What is not there, each with the reason.
    """
    found: list[Issue] = []
    passed: list[str] = []
    skipped: dict[str, str] = {}
    for question in questions:
        if missing := sorted(question.needs & lacking.keys()):
            skipped[question.name] = lacking[missing[0]]
        elif issues := list(question.find(asked)):
            found += issues
        else:
            passed.append(question.name)
    return found, passed, skipped
