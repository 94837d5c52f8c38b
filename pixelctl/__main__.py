"""Run pixelctl, the operator's command."""

import os
import sys

from pixel.workspaces.models import InvalidFieldsError
from pixelctl import cli, output
from pixelctl.failures import FAILURES, sentence

FAILED = 1
WRONG_USAGE = 2  # as argparse exits
INTERRUPTED = 130
PIPE_CLOSED = 141


def main(argv: list[str] | None = None) -> int:
    options = cli.parse(argv)
    try:
        answer = options.run(options.connect(options), options)
        print(output.to_json(answer.data) if options.json else answer.text, flush=True)
    except KeyboardInterrupt as stop:
        print(" ".join(["pixelctl: interrupted", *getattr(stop, "__notes__", [])]), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output again at exit, which would print an error for the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except FAILURES as failure:
        print(f"pixelctl: {sentence(failure, local=options.local, flags=options.flags)}", file=sys.stderr)
        return WRONG_USAGE if isinstance(failure, InvalidFieldsError) else FAILED
    return int(answer.exit_status)


if __name__ == "__main__":
    sys.exit(main())
