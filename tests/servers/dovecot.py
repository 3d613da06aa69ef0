"""Dovecot, when it is installed: the server most mailboxes live in, started for one test."""

import asyncio
import contextlib
import getpass
import grp
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

BINARY = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
libexec_dir = {libexec}
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail:LAYOUT=fs
ssl = required
ssl_cert = <{pem}
ssl_key = <{pem}
ssl_dh =
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _write(folder: Path, pem: Path, password: str, port: int) -> Path:
    assert BINARY is not None
    for name in ("run", "state", "home", "mail/cur", "mail/new", "mail/tmp"):
        (folder / name).mkdir(parents=True)
    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            libexec=Path(BINARY).resolve().parents[1] / "lib/dovecot",
            user=getpass.getuser(),
            group=grp.getgrgid(os.getgid()).gr_name,
            uid=os.getuid(),
            gid=os.getgid(),
            pem=pem,
            password=password,
            port=port,
        ),
        encoding="utf-8",
    )
    return config


@contextlib.asynccontextmanager
async def dovecot(folder: Path, pem: Path, password: str) -> AsyncIterator[int]:
    """A running server; gives its port. Its mailbox is the maildir ``folder/mail``.

    Args:
        folder: where everything of it is.
        pem: key and certificate.
        password: of everybody.
    """
    assert BINARY is not None
    port = _free_port()
    config = _write(folder, pem, password, port)
    server = await asyncio.create_subprocess_exec(BINARY, "-F", "-c", str(config))
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)  # a process of its own: nothing tells when it listens
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        await server.wait()
