"""The `predict` command: classifies one sample or the rows of a CSV file."""

import csv
import io
import shlex
import sys
from pathlib import Path

from mm_keras.classifier import Classifier
from mm_keras.cli.inputs import report_modalities
from mm_keras.cli.streams import in_one_line
from mm_keras.datasets import MultimodalData, load_pairs
from mm_keras.datasets.pairs.load import MODALITIES, column_names
from mm_keras.datasets.tables import modality_name, modality_names
from mm_keras.features.saved import load_features
from mm_keras.saving.kinds import CLASSIFIER
from mm_keras.utils.files import check_can_write, replacing
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.modality_labels import modality_label

OPTIONS = {"numbers": "number-columns", "categories": "category-columns", "vectors": "vectors"}
HEADER = ["id", "prediction", "based_on"]  # of the CSV file; then one column per class


def run(options):
    features = load_features(options.model, CLASSIFIER, options.trusted)
    modalities = list(features.shapes)
    if options.out:
        _check_out(options)
    given = [name for name in MODALITIES if getattr(options, name) is not None]
    if options.csv and given:
        raise ValueError(
            "predict takes one sample (--text, --image, ...) or a CSV file (--csv). Received: both."
        )
    if not options.csv and not given:
        raise ValueError(
            'predict needs a sample. Pass --text "...", --image FILE or both, or --csv FILE.'
        )
    for name in given:
        if name != "text" and not Path(getattr(options, name)).exists():
            raise FileNotFoundError(f"There is no {name} file {getattr(options, name)}.")
    if options.csv:
        columns = _columns(features, options)
        data = _read(columns, modalities, options)
        report_modalities(modalities, columns)
    elif not set(modalities) & set(MODALITIES):
        raise ValueError(
            f"The classifier was trained on {', '.join(map(modality_label, modalities))}, which "
            "are columns of a table. Pass --csv FILE."
        )
    import_keras()
    classifier = Classifier.load(options.model, options.trusted)
    if options.csv:
        return _predict_table(classifier, data, options)
    sample = {name: [getattr(options, name) if name in given else None] for name in modalities}
    probabilities, known = classifier.predict_proba(sample, return_known=True)
    report_modalities(modalities, given)
    prediction = classifier.names(probabilities)[0]
    print(in_one_line(", ".join(prediction) if classifier.threshold else prediction))
    for k in probabilities[0].argsort()[::-1][: options.top]:
        print(f"  {probabilities[0, k]:.3f}  {in_one_line(classifier.class_names[k])}")
    return _status(known)


def _columns(features, options):
    """The columns to read, dict, modality of the classifier -> column, or columns of rows.

    A modality with neither a column nor an option for it is missing.
    """
    available, needed, columns = _column_names(options), list(features.shapes), {}
    for kind in MODALITIES:
        modalities = [name for name in needed if name.partition("_")[0] == kind]
        given = getattr(options, f"{kind}_column")
        given = [given] if isinstance(given, str) else given
        if given is None:
            named = {modality_name(kind, column): column for column in available[::-1]}
            named |= {kind: kind} if kind in available else {}
            columns |= {name: named[name] for name in modalities if name in named}
        elif given != ["none"] and modalities:
            if len(given) != len(modalities):
                raise ValueError(
                    f"The classifier needs {len(modalities)} {kind} columns, for "
                    f"{', '.join(map(modality_label, modalities))}. Received: {', '.join(given)}."
                )
            named = {modality_name(kind, column): column for column in given}
            columns |= named if set(named) == set(modalities) else dict(zip(modalities, given))
    for name, given in (
        ("numbers", options.number_columns),
        ("categories", options.category_columns),
        ("vectors", options.vectors),
    ):
        if name in needed:
            learned = getattr(features.extractors[name], "columns", None)
            given = given or [column for column in learned or () if learned[0] in available]
            columns |= {name: given} if given else {}
    if not columns:
        raise ValueError(
            f"{options.csv} needs a column {' or '.join(map(modality_label, needed))}. Received: "
            f"{', '.join(available)}. Name the column to read, e.g. "
            f"--{OPTIONS.get(needed[0], needed[0].partition('_')[0] + '-column')} "
            f"{shlex.quote(available[0])}."
        )
    return columns


def _column_names(options):
    """The columns of the CSV file; raises if there is no such file, or if it lacks a named one."""
    needed = {}
    for kind in MODALITIES:
        columns = getattr(options, f"{kind}_column")
        if columns and "none" not in columns:
            needed |= modality_names(kind, columns)
    return column_names(options.csv, needed=needed, **_file_options(options))


def _file_options(options):
    return {name: getattr(options, name) for name in ("quoting", "encoding", "delimiter")}


def _read(columns, modalities, options):
    """The samples of the CSV file; modalities of the classifier without columns are missing."""
    given = {kind: None for kind in MODALITIES} | {k: columns[k] for k in OPTIONS if k in columns}
    loaded = {name: name for name in OPTIONS if name in columns}  # modality -> that of the file
    for kind in MODALITIES:
        several = {name: columns[name] for name in columns if name.partition("_")[0] == kind}
        if several:
            given[kind] = list(several.values())
            loaded |= dict(zip(several, modality_names(kind, given[kind])))
    data = load_pairs(options.csv, label=None, **given, **_file_options(options))
    missing = dict.fromkeys(modalities, [None] * len(data))
    parts = {name: data[loaded[name]] for name in columns}
    return MultimodalData({**missing, **parts}, ids=data.ids, columns=data.columns)


def _predict_table(classifier, data, options):
    ids = data.columns.get("id", data.ids)  # as they are in the file, even if they repeat
    probabilities, known = classifier.predict_proba(data, return_known=True)
    rows = [[*HEADER, *classifier.class_names]]
    for i, prediction in enumerate(classifier.names(probabilities)):
        prediction = prediction if isinstance(prediction, str) else "|".join(prediction)
        based_on = "|".join(modality_label(name) for name in known if known[name][i])
        rows.append([ids[i], prediction, based_on, *(f"{p:.6f}" for p in probabilities[i])])
    if options.out:
        with replacing(options.out) as path, open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        print(f"{len(data)} predictions written to {options.out}")
    else:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        _print_utf8(text.getvalue())
    return _status(known)


def _status(known):
    """The exit status: 1 if nothing was known of any sample."""
    return int(not any(values.any() for values in known.values()))


def _check_out(options):
    """Refuse to overwrite the input, or a file that is not an earlier result of this command."""
    out = Path(options.out)
    check_can_write(out)
    source = Path(options.csv) if options.csv else None
    if source and source.is_dir():
        source = source / "pairs.csv"
    if source and out.exists() and source.exists() and out.samefile(source):
        raise FileExistsError(f"{out} is the file that --csv reads. Choose another name for --out.")
    if out.exists() and out.stat().st_size:
        with open(out, encoding="utf-8", errors="replace") as file:
            start = file.readline()
        if not start.startswith(",".join(HEADER)):
            raise FileExistsError(
                f"{out} exists and does not contain predictions. Choose another name."
            )


def _print_utf8(text):
    """Print CSV text; into files and pipes as UTF-8, whatever the encoding of the console."""
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer") and not sys.stdout.isatty():
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text)
