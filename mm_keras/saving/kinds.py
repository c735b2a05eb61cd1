"""What distinguishes the folders of saved classifiers, retrievers and generators."""

import os
from dataclasses import dataclass
from pathlib import Path

ARRAYS, NETWORK = FILES = ("arrays.npz", "model.keras")


@dataclass(frozen=True)
class Kind:
    """A kind of saved folder.

    Attributes:
        name: str, also the name of its class in lower case and of its manifest.
        version: int, the newest version of the format.
        commands: names of the commands that use such a folder.
        required: names of the files that it always has.
    """

    name: str
    version: int
    commands: tuple[str, ...]
    required: tuple[str, ...] = FILES

    @property
    def format(self) -> str:
        """The entry "format" of the manifest."""
        return f"mm_keras {self.name}"

    @property
    def manifest(self) -> str:
        """The name of the JSON file."""
        return f"{self.name}.json"

    def usage(self, path: str | os.PathLike) -> str:
        """What to do with a folder of this kind, for messages."""
        commands = " or ".join(f"`{command} {path}`" for command in self.commands)
        return f"Use {self.name.capitalize()}.load, or {commands} on the command line."


CLASSIFIER = Kind("classifier", 2, ("predict", "export"))
RETRIEVER = Kind("retriever", 1, ("search",), required=(ARRAYS,))  # a network is optional
GENERATOR = Kind("generator", 1, ("translate", "caption"))
KINDS = (CLASSIFIER, RETRIEVER, GENERATOR)


def kind_of(path: str | os.PathLike) -> Kind | None:
    """The kind of a saved folder, or None."""
    return next((kind for kind in KINDS if (Path(path) / kind.manifest).exists()), None)
