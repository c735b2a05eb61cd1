"""The package is light to import, and its parts depend on each other in one direction only."""

import ast
import importlib
import os
import subprocess
import sys

import pytest

from tests import ROOT

PACKAGE = ROOT / "mm_keras"
SLOW = {
    "tensorflow",
    "keras",
    "sklearn",
    "matplotlib",
    "numpy",
}  # what a late import may put off, so that commands start fast
HEAVY = (*SLOW, "scipy", "skimage", "nltk", "PIL", "h5py", "joblib", "av")

# What each package stands on, besides `utils`, from the ground up. Nothing stands on `cli`.
FLOORS = {
    "utils": (),
    "text": (),
    "image": (),
    "audio": (),
    "video": ("image",),
    "tabular": (),
    "datasets": (),
    "heads": (),
    "fusion": ("heads",),
    "saving": ("fusion",),
    "features": ("text", "image", "audio", "video", "tabular", "saving"),
    "retrieval": (),
    "retriever": ("features", "retrieval", "saving"),
    "generator": ("features", "fusion", "text", "saving"),
    "serving": ("text", "image", "fusion"),
    "evaluation": ("text", "image"),
    "classifier": ("features", "saving", "serving", "evaluation"),
    "training": ("classifier", "generator", "text", "features", "fusion", "heads"),
    "multimodal_classifier": ("datasets", "training"),
    "plots": ("text", "image", "video", "fusion", "evaluation"),
    "comparison": (
        "datasets",
        "image",
        "heads",
        "fusion",
        "features",
        "evaluation",
        "plots",
        "training",
    ),
    "portfolio": (
        "datasets",
        "text",
        "image",
        "fusion",
        "features",
        "classifier",
        "evaluation",
        "training",
        "comparison",
    ),
    "cli": (
        "datasets",
        "text",
        "image",
        "audio",
        "heads",
        "fusion",
        "saving",
        "features",
        "retrieval",
        "retriever",
        "generator",
        "classifier",
        "evaluation",
        "training",
        "plots",
        "comparison",
        "portfolio",
    ),
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def public_names(package):
    """Name -> the file behind it, from a package's stub."""
    stub = FILES[package].with_suffix(".pyi")
    if FILES[package].name != "__init__.py" or not stub.exists():
        return {}
    nodes = [
        node
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
    ]
    return {
        alias.name: f"{package}.{node.module}"
        for node in nodes
        if node.module
        for alias in node.names
    }


def resolve(module, name):
    """The file of ours that `from module import name` reads."""
    if f"{module}.{name}" in FILES:
        return f"{module}.{name}"
    return public_names(module).get(name, module)


def imports(path):
    """All imports of a file, list of (target, whether in a function); our targets are files."""
    found = []

    def visit(node, late):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue  # imported by type checkers only, never at run time
            if isinstance(child, ast.Import):
                found.extend((alias.name, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                ours = child.module.split(".")[0] == "mm_keras"
                found.extend(
                    (resolve(child.module, alias.name) if ours else child.module, late)
                    for alias in child.names
                )
            visit(child, late or isinstance(child, (ast.FunctionDef, ast.Lambda)))

    visit(ast.parse(path.read_text(encoding="utf-8")), False)
    return found


IMPORTS = {module: imports(path) for module, path in FILES.items()}
OURS = {
    module: sorted({target for target, _ in found if target in FILES})
    for module, found in IMPORTS.items()
}


def package_of(module):
    return module.split(".")[1] if "." in module else "mm_keras"


def cycle(graph):
    """The nodes of one cycle of a graph (dict, node -> nodes that it points to), or []."""
    done = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node) :]
        if node not in done:
            for other in graph[node]:
                if found := visit(other, [*path, node]):
                    return found
            done.add(node)
        return []

    return next((found for node in graph if (found := visit(node, []))), [])


def test_cycles_are_found():
    assert cycle({"a": ["b"], "b": ["c"], "c": []}) == []
    assert cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c"]


def test_no_cycle_of_files_or_packages():
    assert cycle(OURS) == []
    packages = {}
    for module, targets in OURS.items():
        packages.setdefault(package_of(module), set()).update(
            {package_of(target) for target in targets} - {package_of(module)}
        )
    assert cycle(packages) == []


@pytest.mark.parametrize("package", FLOORS)
def test_a_package_stands_on_what_lies_below_it(package):
    allowed = {*FLOORS[package], package, "utils", "mm_keras"}
    files = [module for module in FILES if package_of(module) == package]
    assert files
    wrong = [
        (module, target)
        for module in files
        for target in OURS[module]
        if package_of(target) not in allowed
    ]
    assert not wrong


def test_every_package_has_its_floor():
    assert {package_of(module) for module in FILES} - {"mm_keras", "__main__"} == set(FLOORS)
    order = list(FLOORS)
    assert all(
        order.index(below) < order.index(package)
        for package, floors in FLOORS.items()
        for below in floors
    )


def slow_packages(module, seen):
    """What importing a file brings along of the packages that are slow to import."""
    if module in seen:
        return set()
    seen.add(module)
    package = module.rpartition(".")[0]  # its __init__ runs first
    found = slow_packages(package, seen) if package in FILES else set()
    for target, late in IMPORTS[module]:
        if not late:
            found |= (
                slow_packages(target, seen) if target in FILES else SLOW & {target.split(".")[0]}
            )
    return found


def test_imports_of_our_own_stand_at_the_top_unless_they_would_make_the_start_slow():
    for module, found in IMPORTS.items():
        at_start = slow_packages(module, set())
        late = sorted({target for target, is_late in found if is_late and target in FILES})
        wrong = [target for target in late if not slow_packages(target, set()) - at_start]
        assert not wrong, (module, wrong)


@pytest.mark.parametrize(
    "start",
    [
        "import mm_keras",
        "import mm_keras.text, mm_keras.image, mm_keras.audio, mm_keras.fusion, mm_keras.datasets",
        "import mm_keras.retrieval",
        "import mm_keras.video",
        "from mm_keras.cli.parser import build_parser; build_parser().format_help()",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(start):
    code = f"{start}\nimport sys\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == ""


def test_commands_check_their_arguments_before_they_import_keras():
    code = (
        "import importlib, sys\n"
        "from mm_keras.cli.main import COMMANDS\n"
        "for name in COMMANDS:\n"
        "    importlib.import_module(f'mm_keras.cli.{name}')\n"
        "    assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules, name\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


WRONG = [
    ["--text-features", "sequence", "tfidf"],
    ["--image-features", "hog", "pixels"],
    ["--operator", "attention", "--head", "rnn"],
    ["--operator", "attention", "--image-features", "color"],
    ["--head", "rnn", "--image-features", "hog", "sift"],
    ["recognize", "--text-features", "sequence", "tfidf"],
    ["recognize", "--head", "rnn", "--image-features", "sift"],
    ["search", "--data", "pairs.csv", "--label-column", "none", "--method", "sm"],
    ["train", "--data", "pairs.csv", "--group", "chapter"],
    ["compare", "--data", "pairs.csv", "--group", "chapter"],
    ["compare", "--data", "pairs.csv", "--folds", "1"],
    ["compare", "--data", "pairs.csv", "--workers", "-3"],
    ["compare", "--data", "pairs.csv", "--workers", "0", "--contenders", "text-magic"],
    ["predict", "{model}"],
    ["predict", "{model}", "--image", "nowhere.png"],
    ["predict", "{model}", "--csv", "nowhere.csv"],
    ["predict", "{model}", "--csv", "pairs.csv", "--text-column", "caption"],
    ["predict", "{model}", "--text", "rain", "--csv", "pairs.csv"],
    ["predict", "{model}", "--csv", "pairs.csv", "--out", "pairs.csv/predictions.csv"],
    ["predict", "{model}", "--csv", "notes.csv"],
    ["evaluate", "{model}", "--data", "nowhere"],
    ["evaluate", "{model}", "--data", "pairs.csv", "--text-column", "caption"],
    ["evaluate", "{model}", "--data", "notes.csv"],
    ["explain", "{model}", "--text", "rain", "--out", "pairs.csv/rain.png"],
    ["explain", "{model}", "--text", "rain", "--out", "."],
    ["export", "{model}", "--format", "onnx", "--out", "."],
    ["export", "{model}", "--format", "keras", "--out", "pairs.csv/rain.keras"],
    ["api", "--out", "."],
    ["api", "--out", "pairs.csv/api.html"],
    ["distribute", "nowhere.py"],
]


def test_wrong_calls_end_before_keras_is_imported_which_then_logs_nothing(tmp_path):
    rows = "".join(f"rain {i},,weather\ngoal {i},,sport\n" for i in range(12))
    (tmp_path / "pairs.csv").write_text("text,image,label\n" + rows)
    (tmp_path / "notes.csv").write_text("note,label\nrain,weather\n")
    model = ROOT / "tests/saving/fixtures/classifiers_0.1.0/pipeline"
    calls = [[word.format(model=model) for word in call] for call in WRONG]
    code = (
        "import sys\n"
        "from mm_keras.cli.main import main\n"
        f"for call in {calls}:\n"
        "    assert main(call) == 2, call\n"
        "    assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules, call\n"
        "print('only from here', file=sys.stderr)\n"
        "import mm_keras\n"
        "mm_keras.fusion.unimodal_model({'text': (3,)}, 2, head='linear')\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT)},
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.partition("only from here\n")[2] == ""


PACKAGES = [
    "mm_keras",
    *sorted(module for module in FILES if module.count(".") == 1 and public_names(module)),
]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_exists(package):
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="It has: "):
        module.no_such_name  # noqa: B018


EDITOR = """
import mm_keras as mm
mm.text.TFIDF
mm.image.HOG
mm.audio.MFCC
mm.video.Frames
mm.fusion.feature_level_model
mm.heads.cnn_head
mm.training.train_cell
mm.retrieval.CCA
mm.evaluation.explain
mm.plots.sample_grid
mm.Features
mm.MultimodalClassifier
mm.Retriever
mm.compare
"""


def test_an_editor_finds_the_definition_behind_every_public_name():
    jedi = pytest.importorskip("jedi", reason='pip install ".[dev]"')
    script = jedi.Script(EDITOR, project=jedi.Project(ROOT, sys_path=[str(ROOT)]))
    for number, line in enumerate(EDITOR.splitlines(), 1):
        if line.startswith("mm."):
            name = line.rpartition(".")[2]
            places = script.goto(number, len(line), follow_imports=True)
            assert [(place.name, place.type in ("class", "function")) for place in places] == [
                (name, True)
            ], line
            kind = ast.ClassDef if places[0].type == "class" else ast.FunctionDef
            tree = ast.parse(places[0].module_path.read_text(encoding="utf-8"))
            assert any(isinstance(node, kind) and node.name == name for node in tree.body), line
