"""The one error that people are meant to read."""


class TombolaError(Exception):
    """Something a person gave us cannot be used.

    The message is one sentence that names the thing, its value, the limit, and what to
    do about it. The command line prints it and exits with status 2; a bug raises
    anything else, and keeps its traceback.
    """
