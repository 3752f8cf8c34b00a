"""The kinds of leakage that Kapoor and Narayanan tell apart, and which check looks for which.

Kapoor, S. and Narayanan, A. (2023), Leakage and the reproducibility crisis in machine-learning-based science,
Patterns 4(9).
"""

from __future__ import annotations

LEAKAGE_TYPES = {
    "scaled_before_split": "L1.2",
    "imputed_before_split": "L1.2",
    "oversampled_before_split": "L1.2",
    "target_encoded_rows": "L1.2",
    "seen_in_preparation": "L1.2",
    "train_test_copies": "L1.4",
    "near_copies": "L1.4",
    "id_overlap": "L1.4",
    "target_leakage": "L2",
    "row_order": "L2",
    "time_overlap": "L3.1",
    "group_overlap": "L3.2",
    "column_drift": "L3.3",
    "category_mismatch": "L3.3",
    "target_drift": "L3.3",
}
"""The type under which each check's findings fall."""

MEANING = {
    "L1.1": "no test set",
    "L1.2": "preparation on training and test rows",
    "L1.3": "feature selection on training and test rows",
    "L1.4": "copies across the split",
    "L2": "features that will not be there, or that stand for the target",
    "L3.1": "training on the future",
    "L3.2": "test rows that depend on training rows",
    "L3.3": "a test part that does not stand for what the model will meet",
}

UNSEEN = {
    "feature selection before the split (L1.3)": (
        "columns that were left out leave no trace: select features inside the pipeline"
    ),
    "modes, neighbours or models imputed over all rows (L1.2)": (
        "such values look like any other; prepare(record=True) proves what was fitted on"
    ),
    "groups and times that were not named (L3)": "give groups=... and time=... where rows have them",
}
"""Leakage that no check can see in the data alone, and why."""
