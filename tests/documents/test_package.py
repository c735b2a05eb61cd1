"""The package: what installs its optional parts, and what its citation says."""

import re
import tomllib

import mm_keras
from mm_keras.utils.extras import INSTALL
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_messages_install_what_the_extras_install():
    for name, command in INSTALL.items():
        packages = PROJECT["optional-dependencies"][name]
        assert command == "pip install " + " ".join(f'"{package}"' for package in packages)


def test_requirements_are_those_of_the_package_and_pytest():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assert lines == [*PROJECT["dependencies"], "pytest>=8,<10"]


def test_the_citation_names_the_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == mm_keras.__version__
    assert re.search(r"^license: (.*)$", citation, re.MULTILINE)[1] == PROJECT["license"]
