#!/usr/bin/env python3
"""Runs a program on a terminal of its own, like somebody who reads and types.
usage: terminal.py SCRIPT PROGRAM [ARGUMENT...]

SCRIPT is JSON: {"columns": 80, "steps": [["wait for this text", "then type this"], ...],
"stdin": "what the program reads instead of the terminal, if this is there"}.
Prints {"exit": status, "screen": all that the program printed, "left": steps not reached}."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time

SECONDS_MAX = 60

script = json.loads(sys.argv[1])
steps = list(script['steps'])
stdin = None
if 'stdin' in script:
    stdin = tempfile.TemporaryFile()
    stdin.write(script['stdin'].encode())
    stdin.seek(0)

child, terminal = pty.fork()
if child == 0:
    # Whoever started the tests in the background has it ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, script['columns'], 0, 0))
    if stdin:
        os.dup2(stdin.fileno(), 0)
    os.execv(sys.argv[2], sys.argv[2:])

screen, seen, end = '', 0, time.monotonic() + SECONDS_MAX
pending = b''
while True:
    ready = select.select([terminal], [], [], max(0, end - time.monotonic()))[0]
    if not ready:
        os.kill(child, 9)
        os.waitpid(child, 0)
        sys.exit(f'not within {SECONDS_MAX} s: {steps[:1] or "the end"}; the screen:\n{screen}')
    try:
        read = os.read(terminal, 65536)
    except OSError:  # how a terminal says that nobody holds its other end any more
        read = b''
    if not read:
        break
    pending += read
    # A letter may arrive in two halves.
    whole = pending.decode(errors='ignore')
    screen += whole
    pending = pending[len(whole.encode()):]
    while steps and steps[0][0] in screen[seen:]:
        text, typed = steps.pop(0)
        seen = screen.index(text, seen) + len(text)
        os.write(terminal, typed.encode())

status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps({'exit': status, 'screen': screen, 'left': steps}))
