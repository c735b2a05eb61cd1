"""Significance tests: is one model better than another, or is the difference due to chance?

| experiment                              | test                                             |
|-----------------------------------------|--------------------------------------------------|
| two models, one fixed test set          | `mcnemar`, `paired_bootstrap`, `bootstrap_means` |
| two models, k-fold or repeated splits   | `corrected_resampled_t_test`                     |
| the same: does the difference matter?   | `practical_equivalence`                          |
| two models, 5 x 2-fold cross-validation | `five_by_two_t`, `five_by_two_f`                 |
| several models on several data sets     | `friedman_test`, then `nemenyi_distance`         |
| several comparisons, with intervals     | any at a `simultaneous_level`; `combine_tests`   |
| several comparisons, p values only      | any of them, then `holm`                         |
"""

from mm_keras.evaluation.significance.conclusions import (
    combine_tests,
    finding,
    simultaneous_level,
    verdict,
)
from mm_keras.evaluation.significance.folds import (
    corrected_resampled_t_test,
    five_by_two_f,
    five_by_two_t,
    practical_equivalence,
)
from mm_keras.evaluation.significance.pairwise import (
    bootstrap_means,
    mcnemar,
    mcnemar_p_values,
    paired_bootstrap,
)
from mm_keras.evaluation.significance.rankings import (
    friedman_from_ranks,
    friedman_test,
    holm,
    nemenyi_distance,
)

__all__ = [
    "bootstrap_means",
    "combine_tests",
    "corrected_resampled_t_test",
    "finding",
    "five_by_two_f",
    "five_by_two_t",
    "friedman_from_ranks",
    "friedman_test",
    "holm",
    "mcnemar",
    "mcnemar_p_values",
    "nemenyi_distance",
    "paired_bootstrap",
    "practical_equivalence",
    "simultaneous_level",
    "verdict",
]
