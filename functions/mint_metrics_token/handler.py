"""GET /api/v1/pixel/metrics/{pipe} - a token for one pipe, valid 120 s, and where to use it."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.pipes import find_pipe
from pixel.report_question import read_question
from pixel.reports import mint
from pixel.route import Request, route


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    pipe = find_pipe(request.path["pipe"])
    question = read_question(request, pipe, with_own=False)
    return Answer(mint(request.caller, pipe, question.fixed))
