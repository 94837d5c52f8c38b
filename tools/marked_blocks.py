"""Replace the blocks of a document that programs write, between two marker lines."""

import re
from pathlib import Path


def replace_block(text: str, begin: str, end: str, lines: list[str]) -> str:
    """Return the text with the lines between two marker lines replaced; the markers keep their place."""
    pattern = re.compile(rf"(^{re.escape(begin)}\n).*?(^{re.escape(end)}$)", re.MULTILINE | re.DOTALL)
    content = "".join(f"{line}\n" for line in lines)
    replaced, count = pattern.subn(lambda match: f"{match[1]}{content}{match[2]}", text)
    if count != 1:
        raise ValueError(f"the text must have one block from {begin!r} to {end!r}; it has {count}")
    return replaced


def markdown_table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return the lines of a table, with an empty line above and below as Markdown needs beside comments."""
    rule = ["---"] * len(header)
    return ["", f"| {' | '.join(header)} |", f"|{'|'.join(rule)}|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def write_if_changed(file: Path, text: str) -> None:
    """Write a file unless it has this text already, so that an unchanged file keeps its modification time."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
