"""A real SMTP receiver for the tests: stores what it accepts, in files.

Usage: smtp_peer.py FOLDER
Prints its port, then serves until its standard input ends, so that it never
outlives the test that started it. What it does is asked for by the beginning of
a recipient's address:

  busy451-     refused for now, before the data
  no550-       refused for good, before the data
  data451-     refused for now, after the data
  data550-     refused for good, after the data
  drop-        stored, and the connection is cut without an answer
  hold-        stored, and answered once the folder has a file `go-on`
"""

import asyncio
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Receiver:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy451-"):
            return "451 4.3.0 try again later"
        if address.startswith("no550-"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        first = envelope.rcpt_tos[0]
        if first.startswith("data451-"):
            return "451 4.3.0 try again later"
        if first.startswith("data550-"):
            return "550 5.7.1 not wanted"
        self.count += 1
        name = self.folder / f"{self.count:04}"
        name.with_suffix(".eml").write_bytes(envelope.original_content)
        # Written last: who sees it knows that the message is whole.
        record = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "hello": session.host_name}
        name.with_suffix(".json").write_text(json.dumps(record))
        if first.startswith("drop-"):
            server.transport.abort()
        while first.startswith("hold-") and not (self.folder / "go-on").exists():
            await asyncio.sleep(0.02)
        return "250 2.0.0 kept"


async def main():
    loop = asyncio.get_running_loop()
    receiver = Receiver(sys.argv[1])
    server = await loop.create_server(lambda: SMTP(receiver, enable_SMTPUTF8=True), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
