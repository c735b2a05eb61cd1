"""The candidates: each modality alone, feature-level and decision-level fusion."""

import numpy as np

from mm_keras.fusion.decision.combine import combine
from mm_keras.portfolio.base import Candidate, fused
from mm_keras.portfolio.dense import Dense
from mm_keras.portfolio.linear import Linear
from mm_keras.utils.modality_labels import modality_label


class Rule(Candidate):
    """A decision-level rule on the calibrated probabilities of one candidate per modality."""

    def __init__(self, name, members, rule):
        super().__init__(name, "decision", [view for member in members for view in member.views])
        self.members = members
        self.rule = rule

    def evaluate(self, task):
        members = {}
        for number, member in enumerate(self.members):
            members[str(number)] = np.where(
                member.present[:, np.newaxis], member.probabilities, np.nan
            )
        self._score(task, combine(members, self.rule, task.prior))

    def _refit(self, task):
        self.prior = task.prior
        for member in self.members:
            member.refit(task)

    def network(self, columns):
        members, rest = [], list(columns)
        for member in self.members:
            members.append((member, rest[: len(member.views)]))
            rest = rest[len(member.views) :]
        return fused(members, self.rule, self.prior)


def alone(views):
    """The candidates of one modality: a linear model for each of its views."""
    return [
        Linear(f"{modality_label(view.modality)}: {view.name}, linear", view.modality, [view])
        for view in views
    ]


def fusions(best):
    """The fused candidates, given the best candidate of each modality alone."""
    views = [candidate.views[0] for candidate in best]
    return [
        Linear("feature level, concat, linear", "feature", views),
        Rule("decision level, mean", best, "mean"),
        Rule("decision level, product", best, "product"),
    ]


def networks(best):
    """The candidates with dense heads, given the best candidate of each modality alone."""
    found = [
        Dense(f"{modality_label(view.modality)}: {view.name}, dense", view.modality, [view])
        for view in (candidate.views[0] for candidate in best)
    ]
    if len(best) > 1:
        views = [candidate.views[0] for candidate in best]
        found += [
            Dense(f"feature level, {operator}, dense", "feature", views, operator)
            for operator in ("concat", "product")
        ]
    return found


def num_later(num_modalities):
    """The number of candidates that `fusions` and `networks` return together."""
    return num_modalities + (5 if num_modalities > 1 else 0)


def best_alone(candidates):
    """The candidate of each modality with the lowest log loss, of those evaluated."""
    best = {}
    for candidate in candidates:
        if len(candidate.views) == 1:
            (modality,) = candidate.modalities
            if modality not in best or candidate.log_loss < best[modality].log_loss:
                best[modality] = candidate
    return list(best.values())
