"""The folder of a comparison: used by one process at a time; no file of others is replaced."""

from contextlib import contextmanager
from pathlib import Path

from mm_keras.utils.files import only_user
from mm_keras.utils.formatting import join_words

METHODS_START = "Methods of a comparison with mm_keras"
BIBTEX_START = "% Sources of a comparison with mm_keras"
# How the files that a comparison writes start; of the store, what any of its lines contains.
STARTS = {
    "results.json": b'{\n "format": "mm_keras comparison"',
    "results.csv": b"name,level,operator,head,library,accuracy",
    "report.html": b'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta '
    b'name="viewport" content="width=device-width, initial-scale=1"><meta '
    b'http-equiv="Content-Security-Policy"',
    "table.tex": b"% \\usepackage{booktabs}\n% mean above its 95",
    "table.md": b"| Contender | Accuracy | Macro-F1 |",
    "predictions.csv": b"contender,repeat,fold,row,id,true,predicted",
    "folds.csv": b"contender,repeat,fold,train_samples",
    "classes.csv": b"contender,class,samples,precision",
    "methods.txt": METHODS_START.encode(),
    "references.bib": BIBTEX_START.encode(),
    "subgroups.csv": b"column,value,contender,samples,small",
}
FIGURES = "figures"  # a folder with an SVG and a PDF of each figure, all by this creator
FIGURE_CREATOR = "mm_keras comparison"
STORE, STORE_KEYS = "finished.jsonl", (b'"sha256"', b'"settings"', b'"key"', b'"result"')


@contextmanager
def results_folder(out):
    """A context in which this process may write its results to the folder; None: no folder.

    Raises:
        NotADirectoryError: `out` is a file.
        FileExistsError: another process is using the folder, or a comparison would replace files
            in it that no comparison has written.
    """
    if out is None:
        yield
        return
    if Path(out).exists() and not Path(out).is_dir():
        raise NotADirectoryError(
            f"The results need a folder. {out} is a file. Choose another name (out, --out)."
        )
    with only_user(out):
        check_files(out)
        yield


def check_files(out):
    """Raise FileExistsError if the folder has files that would be replaced, but are not ours."""
    others = [name for name in (*STARTS, STORE) if not _is_ours(Path(out) / name)]
    others += [f"{FIGURES}/{file.name}" for file in figure_files(out) if not _is_our_figure(file)]
    if others:
        raise FileExistsError(
            f"{out} contains {join_words(others)}, not written by a comparison, which would "
            "replace them. Choose another folder (out, --out), or move them away."
        )


def figure_files(out):
    """The SVG and PDF files in the folder of the figures.

    Raises:
        FileExistsError: there is a file of this name instead of a folder.
    """
    folder = Path(out) / FIGURES
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} must be a folder, but is a file. Move it away.")
    files = folder.glob("*") if folder.exists() else ()
    return sorted(file for file in files if file.suffix in (".svg", ".pdf"))


def _is_our_figure(file):
    return file.is_file() and FIGURE_CREATOR.encode() in file.read_bytes()


def _is_ours(file):
    """Whether a comparison has written the file, or there is none."""
    if not file.exists():
        return True
    if not file.is_file():
        return False
    with open(file, "rb") as content:
        if file.name == STORE:
            content = content.read(1_000_000)
            return not content.strip() or any(key in content for key in STORE_KEYS)
        start = STARTS[file.name]
        return content.read(len(start)) == start
