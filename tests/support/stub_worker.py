"""A worker for tests of the supervisor. It follows the instruction in a file, and serves nothing.

    python stub_worker.py FOLDER KIND LISTENER CHANNEL

FOLDER/KIND contains one of: serve, refuse, die.
"""

import json
import socket
import sys
from pathlib import Path


def main(folder: str, kind: str, channel: socket.socket) -> int:
    told = (Path(folder) / kind).read_text()
    report = {"failed": "no such luck"} if told == "refuse" else {"ready": True, "has_no_staff": True}
    channel.sendall(json.dumps(report).encode() + b"\n")
    if told != "serve":
        return 3
    # Wait until the supervisor tells this worker to retire, or exits.
    channel.recv(1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], socket.socket(fileno=int(sys.argv[4]))))
