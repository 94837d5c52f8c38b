"""GET /api/v1/pixel/metrics/{pipe} - a token for one pipe, valid 120 s, and where to use it."""

from pixel.auth.caller import Scope
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.reports.answer import mint
from pixel.reports.question import read_question
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    pipe = find_pipe(request.path["pipe"])
    question = read_question(request, pipe, with_own=False)
    return Answer(mint(request.caller, pipe, question.fixed))
