"""GET /api/v1/pixel/visitors/{id} - a token for one visitor's profile, valid 120 s, and where to use it."""

from pixel.auth.caller import Scope
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.reports.answer import mint
from pixel.reports.question import read_question
from pixel.reports.visitors import read_visitor_id
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    visitor_id = read_visitor_id(request.path["id"])
    pipe = find_pipe("p_visitor_profile")
    question = read_question(request, pipe, with_own=False)
    return Answer(mint(request.caller, pipe, {**question.fixed, "visitor_id": visitor_id}))
