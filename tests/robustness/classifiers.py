"""Saved classifiers that are damaged, or doctored by someone who writes matching digests.

What loads after damage must predict exactly what was saved. What loads after doctoring predicts
something, but it has opened no file that it named, and has run nothing and connected to nothing.
"""

import io
import shutil
import sys
import zipfile

import numpy as np

COUNT = 1_000
SECRET = "secret"  # the name of a folder that only a doctored classifier names
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "socket.connect", "pickle.find_class")


def prepare(folder):
    import keras
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import make_pipeline

    import mm_keras as mm
    from tests.robustness._damage import damaged

    keras.utils.set_random_seed(0)
    data = mm.datasets.make_newsroom(24, seed=0)
    text = [mm.text.TFIDF(), make_pipeline(CountVectorizer(), TruncatedSVD(3, random_state=0))]
    image = [
        mm.image.HOG(pixels_per_cell=(16, 16)),
        mm.image.SIFT(num_words=4, dense=16, weighting="tfidf"),
    ]
    features = mm.Features(text=text, image=image).fit(data)
    model = mm.fusion.feature_level_model(features.shapes, data.num_classes, head="dense")
    mm.Classifier(features, model, data.class_names).save(folder / "whole")
    expected = mm.Classifier.load(folder / "whole").predict_proba(data)
    files = sorted(path.name for path in (folder / "whole").iterdir())
    (folder / SECRET).mkdir()
    (folder / SECRET / "file").write_text("storm " * 9)
    events = _watch()
    hostile = {"text": [str(folder / SECRET / "file"), "storm"], "image": data["image"][:2]}

    def damage(target, number, random):
        file = target / files[number % len(files)]
        file.write_bytes(damaged(file.read_bytes(), random))
        try:
            classifier = mm.Classifier.load(target)
        except ValueError:
            return "refused"
        same = np.array_equal(classifier.predict_proba(data), expected)
        return (
            "read" if same and classifier.class_names == data.class_names else ("wrong", file.name)
        )

    def doctor(target, number, random):
        what = _doctored(target, folder / SECRET, random)
        events.clear()
        try:
            classifier = mm.Classifier.load(target)
            with np.errstate(all="ignore"):
                shape = classifier.predict_proba(hostile).shape
        except ValueError:
            shape = None
        modules = {"mm_keras.__main__", "antigravity"} & set(sys.modules)
        if events or modules:
            return "wrong", f"{what}: {', '.join(map(str, [*events, *modules]))}"
        return "refused" if shape is None else "read"

    def case(number, random):
        target = folder / "saved"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "whole", target)
        return (doctor if number % 2 else damage)(target, number // 2, random)

    return case


def _watch():
    """A list to which whatever a classifier must not do is added from now on."""
    events = []

    def hook(event, arguments):
        first = str(arguments[0]) if arguments else ""
        if event in FORBIDDEN or event in ("open", "os.mkdir") and f"/{SECRET}" in first:
            events.append(f"{event} {first[-60:]}")

    sys.addaudithook(hook)
    return events


def _doctored(target, secret, random):
    """Change a saved classifier, with matching digests; returns in words what was changed."""
    from tests.saving import doctored

    kinds = (_in_manifest, _in_extractor, _in_network, _in_arrays, _modality, _container)
    kind = kinds[random.integers(len(kinds))]
    return f"{kind.__name__} {kind(target, secret, random, doctored)}"


def _values(secret):
    """Values that no classifier has."""
    estimator = lambda path, **parameters: {
        "!": "estimator",
        "is": [path, list(parameters), list(parameters.values()), [], []],
    }
    return [
        None, True, -1, 0, 3, 10**6, 2_000_000_000, 2**63, 10**400, 0.5, -1e300, float("nan"),
        float("inf"), "", "cache", "filename", str(secret), str(secret / "file"), "../x", "\x1b[2J",
        [], [1], [[[]]], {}, {"!": "array", "key": "a0"}, {"!": "array", "key": "a1"},
        {"!": "ufunc", "is": "sqrt"}, {"!": "type", "is": "<i8"}, {"!": "dict", "is": [["a"], [5]]},
        estimator("mm_keras.__main__:X"),
        estimator("antigravity:X"),
        estimator("sklearn.pipeline:Pipeline", steps=[], memory=str(secret)),
        estimator("sklearn.ensemble:StackingClassifier", estimators=[], passthrough=True),
        estimator("sklearn.feature_extraction.text:CountVectorizer", input="filename"),
        estimator("sklearn.feature_extraction.text:HashingVectorizer", input="filename"),
        estimator("sklearn.preprocessing:FunctionTransformer", func={"!": "ufunc", "is": "add"}),
    ]  # fmt: skip


def _any(values, random):
    return values[random.integers(len(values))]


def _set_anywhere(tree, value, random):
    """Put a value into a random place of a JSON value; returns the place."""
    inner, path = tree, []
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = _any(keys, random)
        path.append(key)
        if not isinstance(inner[key], (dict, list)) or not inner[key] or random.random() < 0.1:
            inner[key] = value
            return path
        inner = inner[key]


def _in_manifest(target, secret, random, doctored):
    manifest = doctored.manifest_of(target)
    value = _any(_values(secret), random)
    path = _set_anywhere(manifest, value, random)
    doctored.sign(target, manifest)
    return f"{path} = {str(value)[:80]}"


def _in_extractor(target, secret, random, doctored):
    """A setting or learned value of one of the extractors."""
    manifest = doctored.manifest_of(target)
    encoded = _any(doctored.estimators(manifest["modalities"]), random)
    settings = ["memory", "input", "verbose", "n_jobs", "tokenizer", "stack_method_", "transform"]
    name = _any([*encoded[1], *encoded[3], *settings], random)
    value = _any(_values(secret), random)
    doctored.set_value(encoded, name, value)
    doctored.sign(target, manifest)
    return f"{encoded[0]} {name} = {str(value)[:80]}"


def _in_network(target, secret, random, doctored):
    function = {"module": "keras.ops", "class_name": "function", "config": "relu"}
    values = [
        *_values(secret)[:21],
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": function}},
        {"module": "mm_keras.__main__", "class_name": "X", "config": {}},
        {"class_name": "__lambda__", "config": {"value": "4wAA"}},
        {"module": "keras.layers", "class_name": "TextVectorization",
         "config": {"vocabulary": str(secret / "file")}},
        {"module": "keras.utils", "class_name": "function", "config": "get_file"},
        function,
    ]  # fmt: skip
    value, paths = _any(values, random), []
    doctored.change_network(
        target, lambda config: paths.append(_set_anywhere(config, value, random))
    )
    return f"{paths[0]} = {str(value)[:80]}"


def _in_arrays(target, secret, random, doctored):
    with np.load(target / "arrays.npz") as file:
        arrays = dict(file)
    key = _any(list(arrays), random)
    array = arrays[key]
    others = [
        np.zeros(0), np.zeros((2, 3)), np.full(array.shape, np.nan), array.astype(str),
        np.full(array.shape, 2**31 - 1), -array, np.concatenate([array.ravel()] * 2),
        array.ravel()[:-1], array.astype(complex), array * 1e30,
    ]  # fmt: skip
    doctored.change_array(target, key, _any(others, random))
    return key


def _modality(target, secret, random, doctored):
    """A modality of another name, with an estimator or something else as its extractor."""
    manifest = doctored.manifest_of(target)
    modality = manifest["modalities"].pop(_any(["text", "image"], random))
    name = _any(["cache", "workers", "scale", "self", "cls", "../x", str(secret), ""], random)
    if random.random() < 0.5:
        manifest = doctored.manifest_of(target)
        modality = {**modality, "extractor": str(secret)}
    manifest["modalities"][name] = modality
    doctored.sign(target, manifest)
    return name


def _container(target, secret, random, doctored):
    """Further files, links, compressed members and weights that are not there."""
    kind = _any(["file", "link", "member", "compressed", "large array", "weights"], random)
    if kind == "file":
        (target / "sitecustomize.py").write_text("x")
    elif kind == "link":
        shutil.move(target / "arrays.npz", secret / "file")
        (target / "arrays.npz").symlink_to(secret / "file")
    elif kind == "member":
        doctored.change_network(target, more={"../secret": b"x"})
    elif kind == "compressed":
        doctored.change_network(target, method=zipfile.ZIP_DEFLATED)
    elif kind == "weights":
        doctored.change_network(target, weights=random.bytes(500))
    else:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
        )
        with zipfile.ZipFile(target / "arrays.npz", "a") as archive:
            archive.writestr("a99.npy", header.getvalue())
        doctored.sign(target, doctored.manifest_of(target))
    return kind
