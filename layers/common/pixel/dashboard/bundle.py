"""Merge the modules of the page, so that a browser asks once for all that the first view needs.

The modules are served as they are written, without comments and indents, except for what binds them together: each
becomes a function that returns its exports. A module that is loaded later, by `import("./save.js")`, becomes a part: a
function that is given the modules that it imports, which the page has already. All this works for the few forms of
`import` and `export` that the page uses; any other is refused.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence

from pixel.foundation.errors import LoggableError

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+)";$', re.ASCII | re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\.{1,2}/[\w./-]+)"\)', re.ASCII)
_DECLARATION = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.ASCII | re.MULTILINE)
_LIST = re.compile(r"(?:^|(?<=[;}\n]))export ?\{([^}]*)\};?\s*\Z", re.ASCII)
_LEFT = re.compile(r"^(?:import\b(?!\()|export\b)", re.ASCII | re.MULTILINE)
# Comments for those who read and check the modules, and indents. Other comments than of documentation fill a line.
_LEFT_OUT = re.compile(r"/\*\*(?:(?!\*/).)*\*/ ?\n?|^[ \t]*//[^\n]*\n|^[ \t]+|^[ \t]*\n", re.DOTALL | re.MULTILINE)


class BundleError(LoggableError):
    """The modules of the page cannot be merged."""


def bundled(entry: str, written: Mapping[str, str]) -> dict[str, str]:
    """Return the module `entry`, which exports nothing, with all that it imports, and the modules that it loads later.

    `written` has the texts of all modules by their names.
    """
    written = {name: _LEFT_OUT.sub("", text) for name, text in written.items()}
    order: list[str] = []
    _sort(entry, written, order, ())
    if _DECLARATION.search(written[entry]):
        raise BundleError(f"{entry} exports something, which would be lost when it is merged")
    later = sorted({_target(name, match[1]) for name in order for match in _LATER.finditer(written[name])})
    texts = {entry: "".join(_scope(name, written, order) for name in order)}
    for name in later:
        if name not in written:
            raise BundleError(f"the page loads {name} later, which does not exist")
        texts[name] = _part(name, written, order) if _imports(name, written) else written[name]
    return texts


def _imports(name: str, written: Mapping[str, str]) -> list[str]:
    """Return the names of the modules that a module imports when it is loaded."""
    return [_target(name, match[2]) for match in _IMPORT.finditer(written[name])]


def _sort(name: str, written: Mapping[str, str], order: list[str], importers: tuple[str, ...]) -> None:
    """Append a module after those that it imports."""
    if name in order:
        return
    if name in importers:
        raise BundleError(f"{name} imports itself, through {' and '.join(importers[importers.index(name) + 1 :])}")
    if name not in written:
        raise BundleError(f"{importers[-1] if importers else 'the page'} imports {name}, which does not exist")
    for imported in _imports(name, written):
        _sort(imported, written, order, (*importers, name))
    order.append(name)


def _scope(name: str, written: Mapping[str, str], order: Sequence[str]) -> str:
    """Return a module as a constant that holds its exports."""
    return f"const {_constant(name, order)} = (() => {{\n{_body(name, written, order)}}})();\n"


def _part(name: str, written: Mapping[str, str], order: Sequence[str]) -> str:
    """Return a module that is loaded later as a function of those that it imports."""
    given = _given(name, written, order)
    return f"export const part = ({given}) => {{\n{_body(name, written, order)}}};\n"


def _given(name: str, written: Mapping[str, str], order: Sequence[str]) -> str:
    if missing := [imported for imported in _imports(name, written) if imported not in order]:
        raise BundleError(f"{name} is loaded later, and imports {missing[0]}, which the page does not have by then")
    return ", ".join(_constant(imported, order) for imported in dict.fromkeys(_imports(name, written)))


def _body(name: str, written: Mapping[str, str], order: Sequence[str]) -> str:
    text = written[name]
    exports: list[str] = [match[2] for match in _DECLARATION.finditer(text)]
    listed = _LIST.search(text)
    if listed:
        exports += [f"{alias}: {local}" for local, alias in map(_renamed, listed[1].split(","))]
        text = text[: listed.start()]

    def binding(match: re.Match[str]) -> str:
        names = ", ".join(
            exported if exported == local else f"{exported}: {local}"
            for exported, local in map(_renamed, filter(str.strip, match[1].split(",")))
        )
        return f"const {{ {names} }} = {_constant(_target(name, match[2]), order)};"

    def loading(match: re.Match[str]) -> str:
        target = _target(name, match[1])
        if target not in written or not _imports(target, written):
            return match[0]
        return f"{match[0]}.then(({{ part }}) => part({_given(target, written, order)}))"

    text = _DECLARATION.sub(r"\1 \2", _LATER.sub(loading, _IMPORT.sub(binding, text)))
    if left := _LEFT.search(text):
        line = text[left.start() :].partition("\n")[0]
        raise BundleError(f"{name}: {line[:80]!r} is a form that is not merged; import and export by names in braces")
    return f"{text.strip()}\nreturn {{ {', '.join(exports)} }};\n"


def _constant(name: str, order: Sequence[str]) -> str:
    return f"m{order.index(name)}"


def _renamed(text: str) -> tuple[str, str]:
    """Return what stands on both sides of `as`."""
    before, _, after = text.strip().partition(" as ")
    return before, after or before


def _target(name: str, specifier: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), specifier))
