"""Images whose label follows what they are made like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import rankdata

from datafix.checks.tables import Tables
from datafix.report import MOST, Bars, Issue, Severity


@dataclass(frozen=True)
class ImageShortcuts:
    """Find brightness, contrast, colour, size or ratio of images that alone tell their class.

    A network learns such a shortcut first, and fails where another camera or place breaks it. The measure is the area
    under the ROC curve of each class against the others, on classes of at least ``fewest`` images.
    """

    name: ClassVar[str] = "image_shortcuts"
    needs: ClassVar[frozenset[str]] = frozenset({"images", "classes"})

    all_classes: float = 0.9
    one_class: float = 0.98
    errors: float = 5.0
    fewest: int = 10

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each figure that tells all classes, an info for one that tells some."""
        train = tables.train
        codes, names = train.class_codes()
        for figure, values in _figures(tables).items():
            known = train.readable & (codes >= 0) & np.isfinite(values)
            areas = self._areas(values[known], codes[known], len(names))
            if not areas:
                continue
            mean, best = float(np.mean(list(areas.values()))), max(areas, key=lambda code: areas[code])
            tells_all = mean >= self.all_classes
            if not tells_all and areas[best] < self.one_class:
                continue
            told = "classes" if tells_all else f"class {names[best]!r}"
            worst = sorted(areas, key=lambda code: -areas[code])[:MOST]
            yield Issue(
                self.name,
                Severity.WARNING if tells_all else Severity.INFO,
                f"The {figure} of an image alone tells its {told}: area under the ROC curve "
                f"{mean if tells_all else areas[best]:.3f}.",
                "If that is how the images were made, not what they show, make them alike, or vary it: "
                "datafix.augment has Brightness, Contrast, Saturation, Zoom and Crop.",
                evidence={"figure": figure, "areas": {str(names[code]): area for code, area in areas.items()}},
                figure=Bars(
                    f"Area under the ROC curve of each class, by {figure}",
                    tuple(str(names[code]) for code in worst),
                    {"area": tuple(areas[code] for code in worst)},
                ),
            )

    def _areas(self, values: np.ndarray, codes: np.ndarray, n_classes: int) -> dict[int, float]:
        """Return the area of each class, either way round; none where chance may give as much."""
        counts = np.bincount(codes, minlength=n_classes)
        ranks = rankdata(values)
        areas = {}
        for code in np.flatnonzero((counts >= self.fewest) & (len(codes) - counts >= self.fewest)).tolist():
            mine, others = int(counts[code]), len(codes) - int(counts[code])
            area = (float(ranks[codes == code].sum()) - mine * (mine + 1) / 2) / (mine * others)
            area = max(area, 1 - area)
            error = np.sqrt((mine + others + 1) / (12 * mine * others))  # Mann and Whitney 1947
            areas[code] = area if area - 0.5 >= self.errors * error else 0.5
        return areas


def _figures(tables: Tables) -> dict[str, np.ndarray]:
    train = tables.train
    pixels = tables.image_figures[0][1]
    figures = {"brightness": pixels.mean, "contrast": pixels.spread, "colour": pixels.colour}
    if train.files is not None:
        height, width = train.files.sizes.T.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            figures |= {"size": height * width, "ratio of width to height": width / height}
    return {name: values for name, values in figures.items() if len(np.unique(values[np.isfinite(values)])) > 1}
