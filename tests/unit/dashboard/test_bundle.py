"""Modules are merged in the order in which they need each other, and what cannot be merged is refused."""

import pytest

from pixel.dashboard.bundle import BundleError, bundled

_MODULES = {
    "app.js": (
        "// starts\n"
        'import { draw, SIZE as size } from "./chart.js";\nimport { h } from "./vendor/view.js";\n'
        "draw(h, size);\n"
    ),
    "chart.js": (
        "const kept = 1;\n"
        "/** @param {number} a */\nexport function draw(a) { return a + kept; }\n"
        "export const SIZE = 3;\n"
    ),
    "vendor/view.js": "var a=1;export{a as h};\n",
}
_LATER = 'import { A } from "./chart.js";\n'


def test_a_module_follows_those_that_it_imports() -> None:
    assert bundled("app.js", _MODULES)["app.js"] == (
        "const m0 = (() => {\nconst kept = 1;\nfunction draw(a) { return a + kept; }\nconst SIZE = 3;\n"
        "return { draw, SIZE };\n})();\n"
        "const m1 = (() => {\nvar a=1;\nreturn { h: a };\n})();\n"
        "const m2 = (() => {\nconst { draw, SIZE: size } = m0;\nconst { h } = m1;\n"
        "draw(h, size);\nreturn {  };\n})();\n"
    )


def test_what_is_loaded_later_is_given_what_it_imports() -> None:
    modules = {
        "app.js": 'import { a } from "./a.js";\nconst load = () => [import("./save.js"), import("./world.js")];\n',
        "a.js": "export const a = 1;\n",
        "save.js": 'import { a } from "./a.js";\nexport const b = a;\n',
        "world.js": "export const W = 1;\n",
    }

    texts = bundled("app.js", modules)

    assert 'import("./save.js").then(({ part }) => part(m0)), import("./world.js")];' in texts["app.js"]
    assert texts["save.js"] == "export const part = (m0) => {\nconst { a } = m0;\nconst b = a;\nreturn { b };\n};\n"
    assert texts["world.js"] == modules["world.js"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('import chart from "./chart.js";\n', "not merged"),
        ('import * as chart from "./chart.js";\n', "not merged"),
        ("export default 1;\n", "not merged"),
        ("export let a = 1;\n", "not merged"),
        ('import { a } from "./gone.js";\n', "does not exist"),
        ('import { a } from "./app.js";\n', "imports itself"),
        ("export const A = 1;\n", "would be lost"),
        ('import("./gone.js");\n', "does not exist"),
        ('import("./later.js");\n', "does not have by then"),
    ],
)
def test_other_forms_are_refused(text: str, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        bundled("app.js", {"app.js": text, "chart.js": "export const A = 1;\n", "later.js": _LATER})
