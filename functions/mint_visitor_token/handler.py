"""GET /api/v1/pixel/visitors/{id} - a token for one visitor's profile, valid 120 s, and where to use it."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.pipes import find_pipe
from pixel.report_question import read_question
from pixel.reports import mint
from pixel.route import Request, route
from pixel.visitors import read_visitor_id


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    visitor_id = read_visitor_id(request.path["id"])
    pipe = find_pipe("p_visitor_profile")
    question = read_question(request, pipe, with_own=False)
    return Answer(mint(request.caller, pipe, {**question.fixed, "visitor_id": visitor_id}))
