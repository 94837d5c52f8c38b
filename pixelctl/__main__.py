"""Run pixelctl, the operator's command."""

import sys
from collections.abc import Sequence

import click
from click.exceptions import NoArgsIsHelpError

from pixelctl.cli import root
from pixelctl.help_pages import color
from pixelctl.invocation import CommandFailedError, Invocation


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    try:
        return int(root.main(argv, "pixelctl", standalone_mode=False, obj=Invocation(), color=color()))
    except NoArgsIsHelpError as bare:
        click.echo(bare.message, color=color())
        return 0
    except click.ClickException as failure:
        _complain(failure.format_message())
        if isinstance(failure, click.UsageError) and failure.ctx is not None:
            click.echo(f"Try `{failure.ctx.command_path} --help`.", err=True)
        return failure.exit_code
    except CommandFailedError as failure:
        _complain(str(failure))
        return failure.exit_status


def _complain(message: str) -> None:
    click.echo(f"{click.style('pixelctl:', fg='red')} {message}", err=True, color=color())


if __name__ == "__main__":
    sys.exit(main())
