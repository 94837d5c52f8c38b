"""User agents as they are met, and what they are: user_agents/browsers.txt and bots.txt, one on a line."""

from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).with_name("user_agents")


class Browser(NamedTuple):
    device: str
    browser: str
    os: str
    user_agent: str


class Bot(NamedTuple):
    reason: str
    llm_engine: str
    user_agent: str


BROWSERS = [Browser(*line.split("|", 3)) for line in (_FOLDER / "browsers.txt").read_text().splitlines()]
BOTS = [Bot(*line.split("|", 2)) for line in (_FOLDER / "bots.txt").read_text().splitlines()]
