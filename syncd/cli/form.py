"""The form of the command line: how help is laid out, and a group that lists by itself."""

from collections.abc import Iterator

from typer._click import Context, HelpFormatter
from typer.core import TyperArgument, TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose help names its arguments as the manual does: `syncd approve ID`, without types."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return what stands behind the command's name in its usage line."""
        return ["[OPTIONS]", *(_usage(argument) for argument in self._arguments(ctx))]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments, then the options."""
        arguments = list(self._arguments(ctx))
        options = [param.get_help_record(ctx) for param in self.get_params(ctx) if param not in arguments]
        sections = {
            "Arguments": [(_name(argument), argument.help or "") for argument in arguments],
            "Options": [record for record in options if record],
        }
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _arguments(self, ctx: Context) -> Iterator[TyperArgument]:
        return (param for param in self.get_params(ctx) if isinstance(param, TyperArgument))


class ListUnlessNamed(TyperGroup):
    """A group that lists when no subcommand is named: `syncd runs --json` is `syncd runs list --json`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Put `list` before arguments that name no subcommand and ask for no help."""
        named = any(arg in self.commands or arg == "--help" for arg in args)
        return super().parse_args(ctx, args if named else ["list", *args])


def _name(argument: TyperArgument) -> str:
    return argument.metavar or argument.name or ""


def _usage(argument: TyperArgument) -> str:
    name = _name(argument) + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"
