"""GET /api/v1/pixel/query/{pipe} - the rows of one pipe, as Tinybird gave them."""

from pixel.auth.caller import Scope
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.reports.answer import query
from pixel.reports.question import read_question
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    pipe = find_pipe(request.path["pipe"])
    question = read_question(request, pipe, with_own=True)
    return Answer(query(request.caller, pipe, question))
