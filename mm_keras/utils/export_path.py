"""Checks where an exported model may be written, without Keras."""

from mm_keras.utils.files import check_folder_of


def check_export_path(path, format):
    """Raise an error if an export in this format to the path (Path) has a wrong name or destroys.

    Raises:
        ValueError: a Keras file with another ending.
        FileExistsError: something other than an earlier export would be replaced.
        OSError: nothing can be written to its folder.
    """
    check_folder_of(path)
    if format == "keras" and path.suffix != ".keras":
        raise ValueError(f"A Keras file needs a name that ends with .keras. Received: {path}.")
    if path.is_dir():
        if (
            format != "savedmodel"
            or any(path.iterdir())
            and not (path / "saved_model.pb").is_file()
        ):
            raise FileExistsError(f"{path} is a folder but not a SavedModel. Choose another name.")
    elif path.exists() and format == "savedmodel":
        raise FileExistsError(f"{path} exists and is not a SavedModel. Choose another name.")
