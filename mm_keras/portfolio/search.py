"""The search: candidates one after the other, cheap ones first, and the weights of the best."""

import time
from itertools import zip_longest

import numpy as np

from mm_keras.portfolio.blocks import views_of
from mm_keras.portfolio.candidates import alone, best_alone, fusions, networks, num_later
from mm_keras.portfolio.ensemble import greedy_weights, weighted_mean
from mm_keras.utils.formatting import pad, shorten
from mm_keras.utils.labels import log_losses
from mm_keras.utils.modality_labels import modality_label

NAME_WIDTH = 44


class Search:
    """Evaluates candidates on out-of-fold probabilities, and reports each as soon as it is known.

    Args:
        data: MultimodalData, the training samples.
        task: Task.
        time_limit: float, seconds; no candidate begins that would probably end later. The first
            one always runs. None: no limit.
        report: function, str -> None.

    Attributes:
        evaluated: list of Candidate.
        rows: list of dict, the lines of the table.
        notes: list of str: what was left out, and why.
    """

    def __init__(self, data, task, time_limit, report):
        self.data = data
        self.task = task
        self.time_limit = time_limit
        self.report = report
        self.evaluated = []
        self.rows = []
        self.notes = []
        self.started = time.monotonic()
        self.longest = 0.0
        self.num_candidates = self.num_tried = 0

    def run(self):
        """Evaluate all candidates, until the time is over or Ctrl-C is pressed.

        Raises:
            ValueError: no candidate could be evaluated.
        """
        self.report(f"{'':{NAME_WIDTH}} validation accuracy   log loss   seconds")
        try:
            for candidate in self._candidates():
                if self._time_is_over():
                    self._note(f"Time limit: the search ended before {candidate.name!r}.")
                    break
                self._evaluate(candidate)
        except KeyboardInterrupt:
            if not self.evaluated:
                raise
            self._note("Interrupted: the best of the candidates so far is kept.")
        if not self.evaluated:
            raise ValueError(f"No candidate could be trained. {' '.join(self.notes)}")

    def _candidates(self):
        """All candidates in order; each fused one needs the best of each modality alone."""
        by_modality = [
            alone(views_of(self.data, modality, self.task.seed))
            for modality in self.data.modalities
        ]
        self.num_candidates = sum(map(len, by_modality)) + num_later(len(by_modality))
        for step in zip_longest(*by_modality):
            yield from filter(None, step)
        best = best_alone(self.evaluated)
        if len(best) > 1:
            yield from fusions(best)
        yield from networks(best)

    def _evaluate(self, candidate):
        start = time.monotonic()
        self.num_tried += 1
        try:
            if not candidate.present.any():
                names = " or ".join(map(modality_label, candidate.modalities))
                raise ValueError(f"No training sample has a usable {names}.")
            candidate.evaluate(self.task)
        except ValueError as error:  # such as texts without a single word
            self._note(f"{candidate.name} is left out: {shorten(str(error), 200)}")
            return
        seconds = time.monotonic() - start
        self.longest = max(self.longest, seconds)
        self.evaluated.append(candidate)
        scores = candidate.accuracy, candidate.log_loss, seconds
        number = f"   {self.num_tried} of {self.num_candidates}"
        self._add(candidate.name, candidate.level, *scores, number)

    def _time_is_over(self):
        elapsed = time.monotonic() - self.started
        limit = self.time_limit
        return bool(self.evaluated) and limit is not None and elapsed + self.longest > limit

    def _note(self, note):
        self.notes.append(note)
        self.report(note)

    def _add(self, name, level, accuracy, log_loss, seconds, number=""):
        self.rows.append(
            {
                "name": name,
                "level": level,
                "accuracy": accuracy,
                "log_loss": log_loss,
                "seconds": seconds,
            }
        )
        scores = f"{accuracy:>19.3f} {log_loss:>10.3f} {seconds:>9.1f}"
        self.report(f"{pad(name, NAME_WIDTH)} {scores}{number}")

    def choose(self):
        """(members, weights) of the final classifier: an ensemble, or the best candidate alone."""
        start = time.monotonic()
        task, candidates = self.task, self.evaluated
        known = task.known
        probabilities = np.stack([candidate.probabilities[known] for candidate in candidates])
        present = np.stack([candidate.present[known] for candidate in candidates])
        labels = task.labels[known]
        weights = greedy_weights(probabilities, present, labels, task.prior)
        mean = weighted_mean(probabilities, present, weights, task.prior)
        accuracy = float((mean.argmax(axis=1) == labels).mean())
        chosen = np.flatnonzero(weights)
        if len(chosen) > 1:
            loss = float(log_losses(labels, mean).mean())
            self._add("ensemble", "decision", accuracy, loss, time.monotonic() - start)
        return [candidates[number] for number in chosen], weights[chosen].tolist()
