"""Damaged stores of a comparison: its result is always that of a new run."""

COUNT = 500


def prepare(folder):
    import mm_keras as mm
    from mm_keras.comparison.engine.manifest import differences
    from tests.robustness._damage import damaged

    labels = [0, 1, 2] * 10
    texts = [f"topic{label} word{i % 7}" for i, label in enumerate(labels)]
    data = mm.datasets.MultimodalData({"text": texts}, labels, ["a", "b", "c"])

    def run():
        names = ["majority", "text-logistic"]
        options = {"cv": 3, "num_settings": 1, "robustness": False, "workers": 0}
        return mm.compare(data, names, out=folder / "out", **options)

    expected = run()
    store = folder / "out" / "finished.jsonl"
    content = store.read_bytes()

    def case(number, random):
        store.write_bytes(damaged(content, random))
        try:
            result = run()
        except FileExistsError:  # nothing is left that looks like a store
            return "refused"
        lines = differences(expected, result)
        return ("wrong", str(lines[:3])) if lines else "read"

    return case
