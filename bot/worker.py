"""A worker process, which either serves the chat, or serves the console and purges expired data.

The supervisor starts it as `python -m bot.worker chat|console LISTENER CHANNEL`, with the file descriptors of two open
sockets.
"""

import asyncio
import signal
import socket
import sys
import warnings
from typing import TYPE_CHECKING, Mapping

from bot.control import Channel, SupervisedCounts
from bot.rasa_runtime.lazy_imports import leave_out_unused
from bot.supervisor import CONSOLE

if TYPE_CHECKING:
    from bot.serve import Stop


async def work(kind: str, listener: socket.socket, end: socket.socket) -> int:
    """Serve a site until it is time to stop. Return the exit status, which is 1 if the site could not be served."""
    from bot import serve

    channel, stop = await Channel.open(end), serve.Stop()
    counts = SupervisedCounts(channel)
    listening = asyncio.create_task(_listen(channel, counts, stop))
    try:
        await _serve(kind, listener, channel, counts, stop)
    except (*serve.REFUSALS, OSError) as error:
        channel.send({"failed": str(error)})
        return 1
    finally:
        listening.cancel()
        await channel.close()
    return 0


async def _listen(channel: Channel, counts: SupervisedCounts, stop: "Stop") -> None:
    while (message := await channel.receive()) is not None:
        if "answer" in message:
            counts.settle(message["answer"], message["found"])
        elif "retire" in message:
            stop.set(gently=True)
    # The supervisor has ended.
    stop.set()


async def _serve(
    kind: str, listener: socket.socket, channel: Channel, supervised: SupervisedCounts, stop: "Stop"
) -> None:
    from bot import serve
    from bot.rasa_runtime.logs import configure_logging
    from bot.rasa_runtime.training import trained_model
    from bot.settings import load_settings
    from bot.store.catching_up import catch_up

    settings = load_settings()
    configure_logging(settings.log_level)
    redactor = serve.load_redactor()
    with serve.opened_store(settings) as store:
        async with serve.shared_counts(settings, supervised) as counts:
            site = serve.Site(store, redactor, settings, counts, listener, stop)
            if kind == CONSOLE:
                await catch_up(store)
                async with serve.console_site(site) as has_no_staff:
                    await _ready(channel, stop, {"has_no_staff": has_no_staff})
            else:
                model = trained_model(settings.model_dir)
                async with serve.chat_site(model, site), serve.erasing_own_marks(store):
                    await _ready(channel, stop, {})


async def _ready(channel: Channel, stop: "Stop", report: Mapping[str, object]) -> None:
    """Report that the site is being served, and wait until it is time to stop."""
    # Before this, SIGTERM ends the process immediately, because there are no requests to answer.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    channel.send({"ready": True, **report})
    await stop.wait()


def main() -> None:
    """Run a worker."""
    leave_out_unused()
    import sanic.app  # noqa: F401 - it enables the warnings that are disabled next

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    kind, listener, end = sys.argv[1], *(socket.socket(fileno=int(number)) for number in sys.argv[2:4])
    sys.exit(asyncio.run(work(kind, listener, end)))


if __name__ == "__main__":
    main()
