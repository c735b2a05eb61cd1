"""The options of a comparison, checked once and passed on as one value."""

from dataclasses import asdict, dataclass
from typing import Any

from mm_keras.comparison.splits import StratifiedFolds

OWN_SPLIT, DUPLICATES = "split", "duplicates"
QUICK_FOLDS, QUICK_SETTINGS, QUICK_SAMPLES = 5, 1, 1500
EMAP_SAMPLES, QUICK_EMAP_SAMPLES = 100, 60


@dataclass(frozen=True)
class Options:
    """The options of `compare`.

    Attributes:
        cv: "split", or a splitter.
        groups: tuple of column names; may include "duplicates".
        by: tuple of column names, for scores by subgroup.
    """

    cv: Any
    groups: tuple = ()
    seed: int = 0
    num_settings: int = 3
    quick: bool = False
    robustness: bool = True
    permute_labels: bool = False
    contenders: tuple | None = None
    by: tuple = ()

    @classmethod
    def of(
        cls,
        cv=5,
        groups=None,
        seed=0,
        num_settings=3,
        quick=False,
        robustness=True,
        permute_labels=False,
        contenders=None,
        by=None,
    ):
        """The options from the arguments of `compare`.

        Raises:
            ValueError: a `cv` that is not a number of folds, a splitter or "split".
        """
        is_splitter = hasattr(cv, "split") and not isinstance(cv, str)
        is_count = isinstance(cv, int) and not isinstance(cv, bool)
        if not (cv == OWN_SPLIT or is_splitter or is_count):
            raise ValueError(
                "cv must be a number of folds, 'split' (the data's own column 'split'), or a "
                f"scikit-learn splitter. Received: {cv!r}."
            )
        if isinstance(cv, int):
            cv = StratifiedFolds(cv, random_state=seed)
        if quick:
            num_settings, robustness = QUICK_SETTINGS, False
            if isinstance(cv, StratifiedFolds):
                cv = StratifiedFolds(min(cv.n_splits, QUICK_FOLDS), cv.n_repeats, cv.random_state)
        return cls(
            cv,
            _as_tuple(groups),
            seed,
            num_settings,
            quick,
            robustness,
            permute_labels,
            None if contenders is None else tuple(contenders),
            _as_tuple(by),
        )

    @property
    def own_split(self):
        """Whether the data's own column "split" defines the training and test samples."""
        return isinstance(self.cv, str)

    @property
    def group_columns(self):
        return tuple(name for name in self.groups if name != DUPLICATES)

    @property
    def group_duplicates(self):
        return DUPLICATES in self.groups

    @property
    def emap_samples(self):
        return QUICK_EMAP_SAMPLES if self.quick else EMAP_SAMPLES

    @property
    def cv_name(self):
        """The splitter in words: "split", "5 folds", "5 folds, 2 repeats", or a splitter's repr."""
        if self.own_split:
            return OWN_SPLIT
        if not isinstance(self.cv, StratifiedFolds):
            return " ".join(repr(self.cv).split())
        return f"{self.cv.n_splits} folds" + (
            f", {self.cv.n_repeats} repeats" if self.cv.n_repeats > 1 else ""
        )

    def as_json(self):
        """dict of JSON values, for the manifest."""
        return {
            **{
                name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(self).items()
                if name != "cv"
            },
            "cv": self.cv_name,
        }


def _as_tuple(names):
    """None, a name, or names as a tuple."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)
