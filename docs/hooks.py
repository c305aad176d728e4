"""What the site is made of beside the pages in this folder: README, notebooks, the linked sources.

Pages link to files of the repository (`../autograd/engine.py`), which is right where the repository
is browsed. In the site each linked source gets a page of its own, so that no link leaves it.
"""

from __future__ import annotations

import html
import re
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<=\]\()([^)#\s:]+)(?=[)#])")
# A notebook and the id of one of its cells, as deck.md names them.
CELL = re.compile(r"\[(\d\d)\]\((\.\./notebooks/[^)#]+\.ipynb)\) `([\w-]+)`")
FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL
)  # what pymdownx.arithmatex makes of $...$ and $$...$$
# The name of a test, which may be broken where a word of it ends.
NAME = re.compile(r"(?<=<code>)test_\w+(?=</code>)")
LANGUAGES = {".py": "python", ".toml": "toml", ".md": "markdown", ".json": "json", ".sh": "bash"}


def notebooks() -> list[Path]:
    """The notebooks in the order of their numbers."""
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def title(notebook: Path) -> str:
    """The first heading of a notebook."""
    first = nbformat.read(notebook, as_version=4).cells[0].source
    return str(first.splitlines()[0].lstrip("# "))


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put one entry per notebook into the navigation."""
    entries = [{title(path): f"notebooks/{path.stem}.md"} for path in notebooks()]
    for item in config.nav or []:
        for name, target in item.items():
            item[name] = entries if target == "notebooks" else target
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README as the first page, the notebooks, and a page for each linked source."""
    pages: dict[str, str] = {"index.md": (ROOT / "README.md").read_text("utf-8")}
    for path in notebooks():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [part for cell in notebook.cells for part in (anchor(cell), cell)]
        text, extras = MarkdownExporter().from_notebook_node(
            notebook, resources={"output_files_dir": f"{path.stem}_files"}
        )
        pages[f"notebooks/{path.stem}.md"] = text
        for name, content in extras["outputs"].items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    for file in [f for f in files if f.src_uri.endswith(".md")]:
        for link in LINK.findall(file.content_string):
            source = repository_path(file.src_uri, link)
            uri = source and site_path(source)
            if uri and uri.startswith("source/") and files.get_file_from_path(uri) is None:
                files.append(File.generated(config, uri, content=source_page(source)))
    return files


def anchor(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """What a link to `cell` leads to: neither Jupyter nor the page shows its id."""
    return nbformat.v4.new_markdown_cell(f'<a id="{cell.id}"></a>')


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository into links to their pages in the site."""
    here = PurePosixPath(page.file.src_uri).parent

    if page.file.src_uri == "deck.md":
        markdown = CELL.sub(r"[\1](\2#\3) [`\3`](\2#\3)", markdown)

    def in_site(match: re.Match[str]) -> str:
        source = repository_path(page.file.src_uri, match[1])
        if source is None:
            return match[1]
        up = "../" * len(here.parts)
        return up + site_path(source)

    return LINK.sub(in_site, markdown)


def on_page_content(content: str, **_: Any) -> str:
    """Formulas as MathML, which browsers show by themselves; long names that break at words."""

    def mathml(match: re.Match[str]) -> str:
        display = "block" if match[1] == "div" else "inline"
        return str(convert(html.unescape(match[2]), display=display))

    return NAME.sub(lambda name: name[0].replace("_", "_<wbr>"), FORMULA.sub(mathml, content))


def repository_path(page: str, link: str) -> str | None:
    """The file of the repository that a page links to; None for a link within the site."""
    home = ROOT if page == "index.md" else ROOT / "docs" / PurePosixPath(page).parent
    if page.startswith("notebooks/"):
        home = ROOT / "notebooks"
    target = (home / link).resolve()
    if not target.exists() or not target.is_relative_to(ROOT):
        return None
    return str(target.relative_to(ROOT))


def site_path(source: str) -> str:
    """Where the site shows a file of the repository."""
    path = PurePosixPath(source)
    if path.parts[0] == "docs" and path.suffix not in ("", ".py"):
        return str(path.relative_to("docs"))
    if path.suffix == ".ipynb":
        return str(path.with_suffix(".md"))
    if source == "notebooks":
        return f"notebooks/{notebooks()[0].stem}.md"
    return f"source/{source}.md"


def source_page(source: str) -> str:
    """A file of the repository as a page: its text, or a list of what the folder holds."""
    path = ROOT / source
    if path.is_dir():
        names = "\n".join(f"- `{child.name}`" for child in sorted(path.iterdir()))
        return f"# {source}/\n\n{names}\n"
    language = LANGUAGES.get(path.suffix, "text")
    return f"# {source}\n\n`````{language} linenums='1'\n{path.read_text('utf-8')}\n`````\n"
