"""Memory of a process that trains many networks."""

import gc
import weakref

import pytest

from mm_keras.comparison.engine import memory


class Cyclic:
    def __init__(self):
        self.itself = self


@pytest.mark.parametrize(
    "megabytes, freed",
    [
        ([400, 390, 430], [True, False]),
        ([400, 390, 450, 400], [True, True]),
        ([None] * 4, [True, True]),  # a system that does not report it
    ],
)
def test_networks_are_freed_when_the_memory_has_grown(megabytes, freed, monkeypatch):
    values = iter(megabytes)
    monkeypatch.setattr(memory, "resident", lambda: next(values))
    cleanup, found = memory.Cleanup(), []
    gc.collect()
    gc.disable()
    try:
        for _ in freed:
            alive = weakref.ref(Cyclic())
            cleanup()
            found.append(alive() is None)
    finally:
        gc.enable()
    assert found == freed
    assert next(values, "none left") == "none left"
