"""follow_link, with as much time for its calls as it needs under valgrind, where it runs thirty times slower."""

from pixel.aws import quick
from pixel.redirects.handlers import answer_visit

quick.TABLE_SECONDS = quick.QUEUE_SECONDS = quick.SECRET_SECONDS = 60.0


def handler(event: dict[str, object], _context: object) -> dict[str, object]:
    return answer_visit(event)
