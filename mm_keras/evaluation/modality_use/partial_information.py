"""Partial information decomposition: redundant, unique and synergistic bits about the label."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

MAX_STEPS, MAX_SCALINGS = 20_000, 1000
MARGIN_ERROR, TINY = 1e-8, 1e-100


def partial_information(
    joint: ArrayLike, modalities: Sequence[str] = ("text", "image"), tolerance: float = 1e-5
) -> dict:
    """What two symbols say about the label: twice the same, each alone, and only together.

    The information of both symbols about the label y is divided into four non-negative parts,

        I(y; t, v) = redundant + unique_t + unique_v + synergistic,
        I(y; t) = redundant + unique_t,    I(y; v) = redundant + unique_v.

    Of all distributions q with the pairs p(y, t) and p(y, v) of the table, the one with the least
    information has no synergy: `synergistic = I_p(y; t, v) - min_q I_q(y; t, v)` (the measure of
    Bertschinger et al., also known as BROJA, which Liang et al. use for multimodal data).

    Synergy does not mean that a product of the modalities is needed: if each modality is
    informative for other samples and neutral otherwise (`neutral_mixture`), an additive model is
    best, and yet part of the information is synergistic. `emap` answers that question.

    Args:
        joint: float array (num_classes, symbols of the first modality, symbols of the second),
            probabilities or counts, e.g. `JointTable.probabilities`.
        modalities: two str, the names of the second and the third axis.
        tolerance: float > 0, the accuracy in bits at which the iteration stops.

    Returns:
        dict: "redundant", "unique" (modality -> bits), "synergistic", "information" (modality and
        "both" -> bits about the label) and "gap", an upper bound of the error of each part in bits
        (from the dual problem; above `tolerance` only if 20,000 steps were not enough).

    Raises:
        ValueError: not three axes, negative or infinite entries, or all of them zero.

    Example:
        >>> and_gate = np.zeros((2, 2, 2))    # y = t and v
        >>> for t, v in ((0, 0), (0, 1), (1, 0), (1, 1)):
        ...     and_gate[t & v, t, v] = 0.25
        >>> parts = partial_information(and_gate)
        >>> round(parts["redundant"], 3), round(parts["synergistic"], 3)
        (0.311, 0.5)
        >>> parts = partial_information([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])    # exclusive or
        >>> parts["redundant"], parts["unique"], parts["synergistic"]
        (0.0, {'text': 0.0, 'image': 0.0}, 1.0)

    Reference: N. Bertschinger, J. Rauh, E. Olbrich, J. Jost, N. Ay, Quantifying unique information,
    2014; P. P. Liang et al., Quantifying & modeling multimodal interactions: an information
    decomposition framework, 2023; P. K. Banerjee, J. Rauh, G. Montúfar, Computing the unique
    information, 2018 (the iteration).
    """
    table = _check_table(joint)
    first_name, second_name = _check_names(modalities)
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive. Received: {tolerance}.")
    least, gap = _least_informative(table, tolerance)
    first, second, both = bits(table.sum(axis=2)), bits(table.sum(axis=1)), bits(table)
    without_synergy = float(np.clip(bits(least), max(first, second), min(both, first + second)))
    return {
        "redundant": first + second - without_synergy,
        "unique": {first_name: without_synergy - second, second_name: without_synergy - first},
        "synergistic": both - without_synergy,
        "information": {first_name: first, second_name: second, "both": both},
        "gap": gap,
    }


def bits(joint):
    """Mutual information in bits of the first axis and all others of a table with sum 1."""
    from scipy.special import rel_entr

    joint = joint.reshape(len(joint), -1)
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    return float(max(0.0, rel_entr(joint, independent).sum() / np.log(2)))


def _check_table(joint):
    table = np.array(joint, dtype=np.float64)
    if table.ndim != 3 or not table.size:
        raise ValueError(
            "A joint table needs three axes (class, symbol of the first modality, symbol of the "
            f"second). Received: shape {table.shape}."
        )
    if not np.isfinite(table).all() or table.min() < 0 or not table.sum() > 0:
        raise ValueError(
            "A joint table needs non-negative probabilities or counts, not all of them zero. "
            f"Received: minimum {table.min():g}, sum {table.sum():g}."
        )
    table = table[table.sum(axis=(1, 2)) > 0]
    return table / table.sum()


def _check_names(modalities):
    names = tuple(map(str, modalities))
    if len(names) != 2 or len({*names, "both"}) < 3:
        raise ValueError(
            f"modalities must be two distinct names, not 'both'. Received: {list(modalities)}."
        )
    return names


def _least_informative(table, tolerance):
    """The distribution with the same pairs and the least information, and its gap in bits.

    Alternates two steps, each of which minimizes `sum q log(q(y, t, v) / cells(t, v))`, which is
    convex: over the distributions q of each class with the given margins, and over the cells.
    """
    first, second = table.sum(axis=2), table.sum(axis=1)
    per_class = first.sum(axis=1)[:, None, None]
    least = first[:, :, None] * second[:, None, :] / per_class
    cells, rows = least.sum(axis=0), np.ones_like(first)
    for _ in range(MAX_STEPS):
        rows, columns = _scale(cells, first, second, rows)
        least = cells * rows[:, :, None] * columns[:, None, :]
        least[least < TINY] = 0
        cells = least.sum(axis=0)
        gap = _gap(cells, rows.T @ columns)
        if gap <= tolerance:
            break
    return least, gap


def _scale(cells, first, second, rows):
    """Factors of the rows and columns of the cells that give every class its two margins."""
    for _ in range(MAX_SCALINGS):
        columns = _divide(second, rows @ cells)
        sums = columns @ cells.T
        error = np.abs(rows * sums - first).sum()
        rows = _divide(first, sums)
        if error < MARGIN_ERROR:
            break
    return rows, columns


def _gap(cells, ratio):
    """The duality gap in bits.

    Args:
        cells: the new cells; ratio: the new cells divided by the old ones. The logarithms of the
            factors become a feasible solution of the dual problem when the largest ratio in each
            row, and then in each column, is divided out.
    """
    by_row = ratio.max(axis=1)
    by_column = _divide(ratio, by_row[:, None]).max(axis=0)
    subtracted = cells.sum(axis=1) @ _log2(by_row) + cells.sum(axis=0) @ _log2(by_column)
    return float(max(0.0, subtracted - (cells * _log2(ratio)).sum()))


def _divide(numerator, denominator):
    """The quotient, and zero where the denominator is zero."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def _log2(values):
    return np.log2(values, out=np.zeros_like(values), where=values > 0)
