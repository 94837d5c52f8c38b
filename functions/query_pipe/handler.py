"""GET /api/v1/pixel/query/{pipe} - the rows of one pipe, as Tinybird gave them."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.pipes import find_pipe
from pixel.report_question import read_question
from pixel.reports import query
from pixel.route import Request, route


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    pipe = find_pipe(request.path["pipe"])
    question = read_question(request, pipe, with_own=True)
    return Answer(query(request.caller, pipe, question))
