"""The jobs of one comparison: done in several processes, stored one by one, and never done twice."""

import time
from functools import partial
from pathlib import Path

from mm_keras.comparison.engine.jobs import JobRunner, feature_key
from mm_keras.comparison.engine.manifest import digest, identity, versions
from mm_keras.comparison.engine.source_code import source_fingerprint
from mm_keras.comparison.engine.store import Store
from mm_keras.comparison.engine.workers import Workers, num_cores
from mm_keras.comparison.splits import fingerprint


class Session:
    """The jobs of one comparison; use it in a `with` statement, which ends its processes.

    What was done before, in this process or in one that was killed, is read from the store in the folder `out`. What failed is
    tried again: perhaps there is enough memory now.

    Args:
        data, splits, contenders, features, seed, emap_samples: as for `JobRunner`.
        workers, out, progress: as for `compare`.

    Attributes:
        data_sha256: str, the data's fingerprint; num_workers: int.
        warnings: list of str, what the extractors said about samples that they could not use.
        failed: list of str, curves that could not be measured and why.
    """

    NAMES = {"robustness": "the robustness", "learning": "the learning curve"}

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
        if workers is not None and workers < -1:
            raise ValueError(
                f"workers is a number of processes, 0 for none, -1 or None for one per core. Received: {workers}."
            )
        self.num_workers = num_cores() if workers in (None, -1) else workers
        self.workers = Workers(
            partial(JobRunner, data, splits, contenders, features, seed, emap_samples),
            self.num_workers,
            lambda job: feature_key(job, contenders[job.contender]),
            lambda job: job.split,
        )
        self.data_sha256, self.warnings, self.failed = fingerprint(data), [], []
        if out is not None:
            Path(out).mkdir(parents=True, exist_ok=True)
        depends_on = [
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
        """dict, `job.key` -> result, of all these jobs. `num_later`: how many will follow, for the progress."""
        keys = {job: (*job.key, self.identities[job.contender]) for job in jobs}
        waiting = [
            job
            for job in jobs
            if "failed" in self.store.results.get(keys[job], {"failed": "never done"})
        ]
        self.clock.plan(len(jobs), waiting, num_later)

        def keep(job, result):
            self.store.add(keys[job], result)
            self.clock.stop(job)

        self.workers.work_through(waiting, self.clock.start, keep)
        results = {job.key: self.store.results[keys[job]] for job in jobs}
        self.failed += [
            f"{self.NAMES[job.kind]} of {job.contender}: {results[job.key]['failed']}"
            for job in jobs
            if job.kind in self.NAMES and "failed" in results[job.key]
        ]
        said = [text for result in results.values() for text in result.get("warnings", ())]
        self.warnings = sorted({*self.warnings, *said})
        return results


class EtaEstimator:
    """Tells the progress of the whole comparison, and how long the rest will take: each contender as long as it took before.

    Args:
        num_workers: int; progress: see `compare`.
    """

    LATER = 0.5  # of a trial's time that a job of a learning curve or of corrupted samples takes, until one has been done

    def __init__(self, num_workers, progress=None):
        self.progress, self.num_workers = progress or (lambda *told: None), max(1, num_workers)
        self.waiting, self.planned, self.num_later, self.began, self.took = [], 0, 0, {}, {}

    def plan(self, num_jobs, waiting, num_later=0):
        """`num_jobs` more, of which those in `waiting` are still to be done; afterwards about `num_later`."""
        self.planned, self.waiting, self.num_later = (
            self.planned + num_jobs,
            list(waiting),
            num_later,
        )

    def start(self, job):
        self.began[job.key] = time.perf_counter()
        self._tell(job)

    def stop(self, job):
        self.took.setdefault((job.kind, job.contender), []).append(
            time.perf_counter() - self.began.pop(job.key)
        )
        self.waiting.remove(job)
        self._tell(job)

    def _tell(self, job):
        self.progress(
            self.planned - len(self.waiting),
            self.planned + self.num_later,
            job,
            self.seconds_left(),
        )

    def seconds_left(self):
        """float, or None while nothing is known."""
        if not self.took:
            return None
        means = {key: sum(some) / len(some) for key, some in self.took.items()}
        usual = sum(means.values()) / len(means)

        def expected(job):
            before = (
                self.LATER * means.get(("trial", job.contender), usual)
                if job.kind != "trial"
                else usual
            )
            return means.get((job.kind, job.contender), before)

        later = self.num_later * self.LATER * usual
        return (sum(map(expected, self.waiting)) + later) / min(
            self.num_workers, max(1, len(self.waiting) + self.num_later)
        )
