"""A bare Sanic server that echoes any JSON sent to it, for comparison.

    python -m evaluation.speed.echo

It prints its address once it is listening, and serves until SIGTERM.
"""

import socket

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response


def main() -> None:
    """Serve."""
    app = Sanic("echo", configure_logging=False)

    @app.post("/")
    async def echo(request: Request) -> HTTPResponse:
        return json_response(request.json)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        app.run(sock=listener, access_log=False, motd=False)


if __name__ == "__main__":
    main()
