"""Runs and stores the jobs of one comparison, and estimates the remaining time."""

import time
from functools import partial
from pathlib import Path

from mm_keras.comparison.engine.jobs import JobRunner, feature_key
from mm_keras.comparison.engine.manifest import digest, identity, versions
from mm_keras.comparison.engine.store import Store
from mm_keras.comparison.engine.workers import Workers, num_processes
from mm_keras.comparison.splits import fingerprint
from mm_keras.utils.source_code import source_fingerprint

# To be increased when the same contenders on the same data give other values than before.
METHOD = 3


class Session:
    """Context manager that runs the jobs of one comparison and ends its processes on exit.

    Finished results, also those of a run that was killed, are read from the store in the folder
    `out`. Failed jobs are tried again, because the reason may have been a lack of memory.

    Args:
        data, splits, contenders, features, seed, emap_samples: as for `JobRunner`.
        workers, out, progress: as for `compare`.

    Attributes:
        data_sha256: str, the data's fingerprint; num_workers: int.
        warnings: list of str, warnings of the extractors about samples that could not be used.
        failed: list of str, which curves could not be measured and why.
    """

    NAMES = {"robustness": "robustness", "learning": "learning curve"}

    def __init__(
        self,
        data,
        splits,
        contenders,
        features=None,
        seed=0,
        emap_samples=100,
        workers=None,
        out=None,
        progress=None,
    ):
        self.num_workers = num_processes(workers)
        self.workers = Workers(
            partial(JobRunner, data, splits, contenders, features, seed, emap_samples),
            self.num_workers,
            lambda job: feature_key(job, contenders[job.contender]),
        )
        self.data_sha256, self.warnings, self.failed = fingerprint(data), [], []
        if out is not None:
            Path(out).mkdir(parents=True, exist_ok=True)
        depends_on = [
            METHOD,
            self.data_sha256,
            [
                [split.train.tolist(), split.test.tolist(), split.inner[1].tolist()]
                for split in splits
            ],
            seed,
            emap_samples,
            features,
            source_fingerprint(features),
            versions(),
        ]
        self.store = Store(
            None if out is None else Path(out) / "finished.jsonl", {"run": digest(depends_on)}
        )
        self.clock = EtaEstimator(self.num_workers, progress)
        self.identities = {name: identity(contender) for name, contender in contenders.items()}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.workers.__exit__(*error)

    def do(self, jobs, num_later=0):
        """Run all jobs that are not in the store.

        Args:
            jobs: list of `Job`.
            num_later: int, how many jobs will follow, for the progress.

        Returns:
            dict, `job.key` -> result.
        """
        keys = {job: (*job.key, self.identities[job.contender]) for job in jobs}
        waiting = [
            job
            for job in jobs
            if "failed" in self.store.results.get(keys[job], {"failed": "not yet run"})
        ]
        self.clock.plan(len(jobs), waiting, num_later)

        def finish(job, result):
            self.store.add(keys[job], result)
            self.clock.stop(job)

        self.workers.work_through(waiting, self.clock.start, finish)
        results = {job.key: self.store.results[keys[job]] for job in jobs}
        self.failed += [
            f"{self.NAMES[job.kind]} of {job.contender}: {results[job.key]['failed']}"
            for job in jobs
            if job.kind in self.NAMES and "failed" in results[job.key]
        ]
        messages = [text for result in results.values() for text in result.get("warnings", ())]
        self.warnings = sorted({*self.warnings, *messages})
        return results


class EtaEstimator:
    """Reports the progress of the whole comparison and estimates the remaining time.

    Each contender is expected to take as long as it took before.

    Args:
        num_workers: int; progress: see `compare`.
    """

    # Time of a follow-up job (learning curve, corrupted samples) relative to a trial of the same
    # contender, until one has been finished.
    FOLLOWUP_SHARE = 0.5

    def __init__(self, num_workers, progress=None):
        self.progress = progress or (lambda *state: None)
        self.num_workers = max(1, num_workers)
        self.waiting = []
        self.num_planned = 0
        self.num_later = 0
        self.started = {}
        self.durations = {}

    def plan(self, num_jobs, waiting, num_later=0):
        """Add `num_jobs` jobs, of which those in `waiting` are not done yet.

        About `num_later` jobs will follow.
        """
        self.num_planned += num_jobs
        self.waiting = list(waiting)
        self.num_later = num_later

    def start(self, job):
        self.started[job.key] = time.perf_counter()
        self._report(job)

    def stop(self, job):
        duration = time.perf_counter() - self.started.pop(job.key)
        self.durations.setdefault((job.kind, job.contender), []).append(duration)
        self.waiting.remove(job)
        self._report(job)

    def _report(self, job):
        self.progress(
            self.num_planned - len(self.waiting),
            self.num_planned + self.num_later,
            job,
            self.seconds_left(),
        )

    def seconds_left(self):
        """Estimated remaining time: float, or None until a job is finished."""
        if not self.durations:
            return None
        means = {key: sum(seconds) / len(seconds) for key, seconds in self.durations.items()}
        average = sum(means.values()) / len(means)

        def expected(job):
            if job.kind == "trial":
                default = average
            else:
                default = self.FOLLOWUP_SHARE * means.get(("trial", job.contender), average)
            return means.get((job.kind, job.contender), default)

        later = self.num_later * self.FOLLOWUP_SHARE * average
        num_busy = min(self.num_workers, max(1, len(self.waiting) + self.num_later))
        return (sum(map(expected, self.waiting)) + later) / num_busy
