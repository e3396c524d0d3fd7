#!/usr/bin/env python3
"""What a server costs that has nothing to do: until it first answers, and in memory.

Each round starts `sexton serve` on a data folder that exists already, asks `/readyz` until it
says 200, and looks at the memory that is resident a moment later. The first start, which makes
the folder, is told apart. The processor time is all that was used until that moment: unlike the
time until the answer, it hardly depends on what else the machine does. How long the threads were
ready to run and waited for a processor until the first answer is told too: where that is much,
the machine was busy, and the time until the answer says little.

Before the first start the program is dropped from the cache of the kernel, and read from the
disk. Of a program that was copied a moment ago, the kernel maps larger pieces with each page that
is needed: the same server has three MiB more resident then.
"""
import http.client
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

from common import SEXTON, folder, number

ROUNDS = number('ROUNDS', 20)
SETTLE_SECONDS = number('SETTLE_SECONDS', 2)
START_SECONDS_MAX = 30


def free_port():
    with socket.socket() as asked:
        asked.bind(('127.0.0.1', 0))
        return asked.getsockname()[1]


def ready(port):
    """Whether the server at `port` says that it is ready; not, if nobody answers."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
    try:
        connection.request('GET', '/readyz')
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return False
    finally:
        connection.close()


def memory(process):
    """What is resident of a process, in MiB: all of it, and what no file stands behind."""
    with open(f'/proc/{process}/status', encoding='ascii') as lines:
        fields = dict(line.split(':', 1) for line in lines)
    return [int(fields[name].split()[0]) / 1024 for name in ('VmRSS', 'RssAnon')]


def scheduled(process):
    """Milliseconds for which the threads of a process have run, and have waited to run."""
    ran = waited = 0
    for thread in pathlib.Path(f'/proc/{process}/task').iterdir():
        one_ran, one_waited = (thread / 'schedstat').read_text().split()[:2]
        ran, waited = ran + int(one_ran), waited + int(one_waited)
    return ran / 1e6, waited / 1e6


def read_anew(path):
    """Drops a file from the cache of the kernel, as far as nobody uses it."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def start(data, log):
    """Milliseconds from the start to the first 200, of waiting to run until then, and of the
    processor, then the memory in MiB."""
    port = free_port()
    command = [SEXTON, 'serve', '--listen', f'127.0.0.1:{port}', '--data', data]
    with open(log, 'wb') as out:
        begun = time.monotonic()
        process = subprocess.Popen(command, stderr=out, stdout=out)
    try:
        while not ready(port):
            if process.poll() is not None or time.monotonic() - begun > START_SECONDS_MAX:
                sys.exit(f'the server did not start: {log.read_text()}')
            time.sleep(0.001)
        milliseconds = (time.monotonic() - begun) * 1000
        _, waited = scheduled(process.pid)
        time.sleep(SETTLE_SECONDS)
        ran, _ = scheduled(process.pid)
        return milliseconds, waited, ran, *memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def main():
    program = shutil.which(SEXTON)
    if not program:
        sys.exit(f'there is no {SEXTON}: cargo build --release, or set SEXTON_BIN')
    read_anew(program)
    home = folder()
    try:
        first = start(home / 'data', home / 'log')
        rounds = [start(home / 'data', home / 'log') for _ in range(ROUNDS)]
    finally:
        shutil.rmtree(home)
    names = ('first answer, ms', 'waited to run, ms', 'processor, ms', 'resident, MiB',
             'of it without a file, MiB')
    print(f'{"":26}{"new folder":>12}{"median":>10}{"most":>10}')
    for at, name in enumerate(names):
        values = [each[at] for each in rounds]
        print(f'{name:26}{first[at]:12.1f}{statistics.median(values):10.1f}{max(values):10.1f}')


if __name__ == '__main__':
    main()
