"""The `api` command: every public name is on the page, and every link leads somewhere."""

import inspect
import re
from html.parser import HTMLParser

import pytest

import mm_keras as mm
from mm_keras.cli import main
from mm_keras.cli.api import members, methods, public_modules
from mm_keras.utils.docstrings import render_docstring


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("api") / "api.html"
    assert main(["api", "--out", str(path)]) == 0
    return path.read_text(encoding="utf-8")


def test_every_public_name_is_on_the_page_once(page):
    ids = re.findall(r'<section id="([^"]*)"|<section [^>]*\bid="([^"]*)"', page)
    ids = ["".join(pair) for pair in ids]
    modules = public_modules(mm, "mm_keras")
    names = [f"{name}.{key}" for name, module in modules.items() for key in members(module)]
    assert len(ids) == len(set(ids)) and {*modules, *names} <= set(ids)
    assert {"mm_keras.evaluation.metrics.ece", "mm_keras.fusion.operators.film"} <= set(names)
    for cls in (mm.Classifier, mm.image.HOG):
        assert {f"{cls.__name__}.{key}" for key in methods(cls)} <= {
            ".".join(name.split(".")[-2:]) for name in ids
        }


def test_all_anchors_resolve(page):
    links = re.findall(r'href="([^"]*)"', page)
    targets = set(re.findall(r'\bid="([^"]*)"', page))
    assert len(links) > 200 and {link.removeprefix("#") for link in links} <= targets


def test_the_page_is_whole_and_loads_nothing(page):
    opened = []

    class Checker(HTMLParser):
        def handle_starttag(self, name, attributes):
            assert name not in ("script", "link", "img", "iframe")
            opened.extend([name] if name != "meta" else [])

        def handle_endtag(self, name):
            assert opened.pop() == name

    Checker().feed(page)
    assert not opened


def test_signatures_keep_their_defaults_and_have_no_addresses(page):
    assert "mm.image.read_image(" in page and "gray: bool = True" in page
    assert "scale: str | dict[str, str | None] | None = &#x27;auto&#x27;" in page
    assert "object at 0x" not in page


def test_docstrings_become_paragraphs_lists_and_examples():
    def example():
        """Sum of `a` and b < 3.

        Two
        lines:

            indented code

        - one point
        - another one

        Args:
            a: int,
                positive.
            b, c: float.

        Returns:
            Their sum.

        Example:
            >>> 1 + 1
            2
        """

    assert "".join(render_docstring(inspect.getdoc(example))) == (
        "<p>Sum of <code>a</code> and b &lt; 3.</p><p>Two lines:</p><pre>indented code</pre>"
        "<ul><li>one point</li><li>another one</li></ul>"
        "<h5>Args</h5><dl><dt>a</dt><dd>int, positive.</dd><dt>b, c</dt><dd>float.</dd></dl>"
        "<h5>Returns</h5><p>Their sum.</p><h5>Example</h5><pre>&gt;&gt;&gt; 1 + 1\n2</pre>"
    )
