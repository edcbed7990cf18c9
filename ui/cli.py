"""The command line: `yuanhua --help`."""

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from index import sidecar
from index.types import YuanhuaError
from ui import __version__, commands, pinned, proofs, quotations, terminal
from ui.words import LANGUAGES

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """0: it worked; 1: it did not, and one line on standard error says why; 2: wrong usage."""
    sys.stdin, sys.stdout, sys.stderr = (stream or _nowhere() for stream in (sys.stdin, sys.stdout, sys.stderr))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    _allow_many_files()
    options = parser().parse_args(arguments)
    if options.command is commands.ask_command and options.question is None and not options.json:
        parser().error(
            'ask: give a question, or --json and questions on standard input, one {"id": …, "question": …} a line'
        )
    if options.command is commands.ask_command and options.question is None and options.save:
        parser().error("ask: --save keeps the answer to one question; give the question")
    try:
        return int(options.command(options))
    except YuanhuaError as error:
        terminal.say(str(error))
    except BrokenPipeError:
        sys.stdout = _nowhere()  # nobody reads on; there is nothing left to say
    except KeyboardInterrupt as stop:
        terminal.say(str(stop) or "Stopped.")  # a build says more
        return INTERRUPTED
    except OSError as error:
        terminal.say(f"{error.filename or 'The system'}: {error.strerror or error}.")
    return 1


def _allow_many_files() -> None:
    """A large index is many files, open all the time; the usual 1,024 are few, and the system allows more."""
    try:
        import resource
    except ImportError:
        return  # a system without such a limit
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _nowhere() -> TextIO:
    """For a standard stream that the caller closed."""
    return open(os.devnull, "r+", encoding="utf-8")  # noqa: PTH123 - it stays open as long as we run


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="yuanhua", description="Ask a folder of essays; the answer is what the authors wrote."
    )
    top.add_argument("--version", action="version", version=f"yuanhua {__version__}")
    verbs = top.add_subparsers(required=True, metavar="COMMAND")

    serve = verbs.add_parser("serve", help="build or update the index, then serve the page")
    _folders(serve)
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    serve.add_argument("--port", type=_port, default=7860)
    serve.add_argument(
        "--login",
        type=_name,
        metavar="NAME",
        help="let in who knows this name and the password in the environment variable YUANHUA_PASSWORD (default: all)",
    )
    serve.add_argument(
        "--root-path",
        type=_prefix,
        default="",
        metavar="/PREFIX",
        help="where a proxy has the page, if it is not the whole of its host: /essays for https://example.org/essays/",
    )
    _add_reranker(serve)
    _add_model(serve)
    serve.set_defaults(command=commands.serve_command)

    _index_verbs(verbs.add_parser("index", help="build, check and change the index"))

    ask = verbs.add_parser("ask", help="ask a question, or many on standard input")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--save", type=Path, metavar="FILE", help="keep the answer, to be checked with `verify`")
    ask.add_argument("--force", action="store_true", help="with --save: replace a file that is there")
    _add_scope(ask)
    _add_index(ask)
    _add_reranker(ask)
    _add_model(ask)
    ask.set_defaults(command=commands.ask_command)

    evaluate = verbs.add_parser("evaluate", help="figures from judged questions")
    _evaluate(evaluate)

    why = verbs.add_parser("why", help="where an expected sentence was lost on the way")
    why.add_argument("question")
    why.add_argument("sentence")
    _add_index(why)
    _add_reranker(why)
    why.set_defaults(command=commands.why_command)

    quotes = verbs.add_parser("quotes", help="are these quotations exact?")
    quotes.add_argument(
        "file",
        nargs="?",
        type=Path,
        help='a text with quotations, or with --json one {"id", "quote"} a line; standard input without it',
    )
    _add_index(quotes)
    quotes.set_defaults(command=quotations.quotes_command)

    verify = verbs.add_parser("verify", help="does a saved answer still hold?")
    verify.add_argument("proof", type=Path, metavar="FILE", help="what `ask --save` saved or `ask --json` printed")
    verify.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder of essays (default: seeds)")
    verify.add_argument("--json", action="store_true", help="for programs")
    verify.set_defaults(command=proofs.verify_command)

    mcp = verbs.add_parser("mcp", help="answer an assistant on standard input and output (Model Context Protocol)")
    mcp.add_argument(
        "--index",
        default=".index",
        help="where the index is: a folder (default: .index), or a database, oceanbase://user@host:2881/database",
    )
    _add_reranker(mcp)
    mcp.set_defaults(command=commands.mcp_command)

    _pin_verbs(verbs.add_parser("pins", help="questions that are asked again: what appeared, moved or died since"))
    return top


def _pin_verbs(parent: argparse.ArgumentParser) -> None:
    verbs = parent.add_subparsers(required=True, metavar="COMMAND")
    summaries = {
        "add": ("pin a question, with what it is answered with", pinned.add_command),
        "list": ("the pinned questions, each with its number", pinned.list_command),
        "check": ("ask them again: which citations appeared, moved or died", pinned.check_command),
        "remove": ("unpin a question by its number", pinned.remove_command),
    }
    for name, (summary, command) in summaries.items():
        verb = verbs.add_parser(name, help=summary)
        if name == "add":
            verb.add_argument("question")
            _add_scope(verb)
        if name == "check":
            verb.add_argument("--seen", action="store_true", help="remember what they are answered with now")
        if name == "remove":
            verb.add_argument("n", type=int, metavar="N")
        verb.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder of essays (default: seeds)")
        _add_index(verb)
        verb.set_defaults(command=command)


def _evaluate(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl", help="judged questions, one a line")
    verb.add_argument(
        "--foreign",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="questions about other essays: these ones should not answer them (may be given more than once)",
    )
    verb.add_argument("--save", type=Path, metavar="RUN.json", help="keep this run, to compare a later one with")
    verb.add_argument("--against", type=Path, metavar="RUN.json", help="what is better or worse than in a saved run")
    verb.add_argument("--misses", action="store_true", help="list the questions without a right excerpt in the first 3")
    _add_index(verb)
    _add_reranker(verb)
    verb.set_defaults(command=commands.evaluate_command)


def _index_verbs(parent: argparse.ArgumentParser) -> None:
    verbs = parent.add_subparsers(required=True, metavar="COMMAND")
    summaries = {
        "build": ("bring the index up to its essays", commands.index_build),
        "status": ("what is in the index, and what a build would change", commands.index_status),
        "verify": ("check every stored byte and offset again", commands.index_verify),
        "add": ("copy files into the corpus and rebuild", commands.index_add),
        "remove": ("move essays out of the corpus and rebuild", commands.index_remove),
    }
    for name, (summary, command) in summaries.items():
        verb = verbs.add_parser(name, help=summary)
        if name == "add":
            verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
        if name == "remove":
            verb.add_argument("names", nargs="+", metavar="NAME")
        _folders(verb)
        verb.add_argument("--json", action="store_true", help="for programs")
        verb.set_defaults(command=command)
    work = verbs.add_parser("work", help="help with the build of an index in a database, from here as well")
    work.add_argument("--index", required=True, metavar="URL", help="oceanbase://user@host:2881/database")
    work.add_argument("--encoder", help="where this machine has the encoder of the build, if it has it elsewhere")
    work.add_argument("--wait", action="store_true", help="stay, and help with every build that comes")
    work.add_argument("--json", action="store_true", help="for programs")
    work.set_defaults(command=commands.index_work)
    copy = verbs.add_parser("copy", help="copy an index to another place, without embedding anything again")
    copy.add_argument("source", metavar="FROM", help="the folder, or the URL, of an index")
    copy.add_argument("target", metavar="TO", help="where to; an index that is there is replaced")
    copy.set_defaults(command=commands.index_copy)


def _folders(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seeds", type=Path, default=Path("seeds"), help="the folder of essays (default: seeds)")
    verb.add_argument(
        "--index",
        default=".index",
        help="where the index is: a folder (default: .index), or a database, oceanbase://user@host:2881/database",
    )
    verb.add_argument(
        "--encoder",
        help="a sentence-transformers model by name or folder (default: the one that comes along, in eight bits on a "
        "processor; default-fp32: the same in full precision)",
    )


def _add_index(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--index",
        default=".index",
        help="where the index is: a folder (default: .index), or a database, oceanbase://user@host:2881/database",
    )
    verb.add_argument("--json", action="store_true", help="for programs")


def _add_scope(verb: argparse.ArgumentParser) -> None:
    some = verb.add_argument_group("only some essays", "each may be given more than once but the years")
    some.add_argument("--essay", action="append", default=[], metavar="NAME", help="its file's name in the corpus")
    some.add_argument("--author", action="append", default=[], metavar="NAME")
    some.add_argument("--since", type=_date, metavar="DATE", help="2023, 2023-10 or 2023-10-15")
    some.add_argument("--until", type=_date, metavar="DATE", help="the time it names is in")


def _date(text: str) -> str:
    if not sidecar.DATE.fullmatch(text):
        raise argparse.ArgumentTypeError("a date is written 2023, 2023-10 or 2023-10-15")
    return text


def _add_reranker(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--reranker",
        default="",
        metavar="NAME_OR_FOLDER",
        help="a sentence-transformers cross-encoder that puts the best excerpts in order; slower (default: none)",
    )


def _add_model(verb: argparse.ArgumentParser) -> None:
    some = verb.add_argument_group(
        "a language model that sums up the excerpts",
        "none by default; any server of OpenAI's chat API. The environment variables YUANHUA_LLM_URL and "
        "YUANHUA_LLM_MODEL say the same, and YUANHUA_LLM_KEY has the key, if it wants one",
    )
    some.add_argument("--llm", metavar="URL", help="http://127.0.0.1:11434/v1, for one at home")
    some.add_argument("--llm-model", metavar="NAME", help="as that server calls it")
    some.add_argument("--no-llm", action="store_true", help="none, whatever the environment says")


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() else 0
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def _prefix(text: str) -> str:
    prefix = text.rstrip("/")
    if prefix and not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", prefix):
        raise argparse.ArgumentTypeError("a prefix begins with / and has letters, digits and . _ ~ - only: /essays")
    if prefix.split("/")[1:2] in ([own] for own in (*LANGUAGES, "login", "logout", "health", "api", "metrics", "mcp")):
        raise argparse.ArgumentTypeError(f"{prefix} is an address of the page's own; take another prefix")
    return prefix


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of a login is not empty")
    return text


if __name__ == "__main__":
    sys.exit(main())
