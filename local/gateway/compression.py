"""Compression as API Gateway does it for an API with a MinimumCompressionSize.

Requests are decompressed and responses compressed. The function still gets the Content-Encoding header.
"""

import gzip
import zlib

from local.gateway.call import HttpRequest, HttpResponse

_GZIP_ONLY = 31  # zlib's wbits for the gzip format alone


class TooLargeError(Exception):
    pass


class UnreadableError(Exception):
    pass


def unpacked(request: HttpRequest, bytes_max: int) -> HttpRequest:
    if (request.header("content-encoding") or "").strip().lower() != "gzip":
        return request
    unpacker = zlib.decompressobj(_GZIP_ONLY)
    try:
        body = unpacker.decompress(request.body, bytes_max + 1)
    except zlib.error as failure:
        raise UnreadableError from failure
    if len(body) > bytes_max:
        raise TooLargeError
    if not unpacker.eof:
        raise UnreadableError
    return request._replace(body=body)


def packed(response: HttpResponse, request: HttpRequest, bytes_min: int) -> HttpResponse:
    accepted = {part.partition(";")[0].strip() for part in (request.header("accept-encoding") or "").lower().split(",")}
    if len(response.body) < bytes_min or "gzip" not in accepted:
        return response
    headers = [*response.headers, ("Content-Encoding", "gzip")]
    return response._replace(body=gzip.compress(response.body, compresslevel=6), headers=headers)
