#!/usr/bin/env python3
"""A database server that is hostile: it names files of its binary log that are anywhere but in the
folder of the log. The tool of the engine, which is the real one, writes what the server names.
usage: rds_hostile.py mariadb      env: SEXTON_BIN the program"""
import os
import pathlib
import socket
import struct
import threading

from checks import done, equal, ok
from process import data, log, scratch
from rds_sources import file, registered, sexton, started, tools_running, until

OK, EOF, GOES_ON = b'\0\0\0\2\0\0\0', b'\xfe\0\0\2\0', b'\0'
VERSION = b'10.11.14-MariaDB-log'


def text(it):
    return bytes([len(it)]) + it


def rows(table):
    """The packets of an answer."""
    columns = table[0] if table else [b'nothing']
    column = (text(b'def') + text(b'') * 3 + text(b'c') * 2 + b'\x0c' +
              struct.pack('<HIBHB', 33, 200, 253, 0, 0) + b'\0\0')
    return [bytes([len(columns)]), *[column] * len(columns), EOF,
            *[b''.join(map(text, row)) for row in table], EOF]


def event(kind, body, flags=0):
    return GOES_ON + struct.pack('<IBIIIH', 0, kind, 1, 19 + len(body), 0, flags) + body


def begins(name):
    """What a server sends where a file begins: its name, and what is in front of its events."""
    lengths = bytes([56, 13, 0, 8, 0, 18, 0, 4, 4, 4, 4, 18]).ljust(164, b'\0')
    return [event(4, struct.pack('<Q', 4) + name, 0x20),
            event(15, struct.pack('<H50sIB', 4, VERSION, 0, 19) + lengths + b'\0')]


class Hostile:
    """As much of the protocol of MySQL as the tools ask for."""

    def __init__(self):
        self.name, self.dumps = None, 0
        self.listening = socket.create_server(('127.0.0.1', 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def settings(self):
        return (f'engine = "mysql"\nhost = "127.0.0.1"\nport = {self.port}\ntls = "off"\n'
                'user = "somebody"\npassword = "that nobody asks for"\n')

    def accept(self):
        while True:
            connection, _ = self.listening.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile('rb')

        def send(packets, number=1):
            for body in packets:
                head = struct.pack('<I', len(body))[:3] + bytes([number % 256])
                connection.sendall(head + body)
                number += 1

        def receive():
            head = stream.read(4)
            return stream.read(int.from_bytes(head[:3], 'little')) if len(head) == 4 else b''

        try:
            send([b'\x0a5.5.5-' + VERSION + b'\0' + struct.pack('<I', 7) + b'abcdefgh\0' +
                  struct.pack('<HBHH', 0xa209, 33, 2, 8) + b'\x15' + b'\0' * 10 +
                  b'ijklmnopqrst\0mysql_native_password\0'], 0)
            receive()
            send([OK], 2)
            while asked := receive():
                if asked[0] == 0x12:
                    self.dumps += 1
                    name = [self.name] if self.name else []
                    send([it for name in [b'binlog.000001', *name] for it in begins(name)])
                    stream.read(1)
                else:
                    send(self.answer(asked))
        except OSError:
            pass
        connection.close()

    def answer(self, asked):
        question = asked[1:].strip().lower()
        if asked[0] != 3:
            return [OK]
        if question.startswith(b"select 'version'"):
            return rows([[b'version', VERSION, b''], [b'log', b'1', b'0'],
                         [b'folder', b'/nowhere/', b'elsewhere']])
        if question.startswith(b'select version()'):
            return rows([[VERSION]])
        if question.startswith(b'show session status'):
            return rows([[b'Ssl_cipher', b'']])
        if question.startswith(b'show global variables'):
            return rows([[b'log_bin', b'ON'], [b'log_slave_updates', b'ON'],
                         [b'version', VERSION]])
        if question.startswith(b'show variables'):
            return rows([[b'server_id', b'7']])
        if question.startswith(b'show binary logs'):
            return rows([[b'binlog.000001', b'400']])
        return rows([]) if question.startswith((b'select', b'show')) else [OK]


def everything():
    return {str(it) for it in pathlib.Path(scratch).rglob('*')
            if f'/log-spool/{instance}/' not in str(it) and '/blobs/' not in str(it)}


source = Hostile()
server, signer = started()
instance, _ = registered(signer, source)
until(lambda: source.dumps, 'the log is asked for')
spool = pathlib.Path(data, 'log-spool', instance)
until(lambda: (spool / 'binlog.000001').exists(), 'what has a good name is received')
before = everything()
absolute = os.path.join(scratch, 'absolute.000003')
for name in ['../escaped.000003', '../../escaped.000003', absolute, 'sub/x.000003', '..',
             '.receiver', 'x', 'other.000003', 'a' * 250 + '/../../escaped.000003']:
    source.name, dumps = name.encode(), source.dumps
    # Registered anew with another comment, it is received anew at once.
    sexton('source', 'add', '--type', 'apsara-rds', '--name', 'shop', '--connection',
           file('connection.toml', source.settings() + f'# {len(name)} {name[:9]}\n'))
    until(lambda: source.dumps > dumps, 'the log is asked for again')
    until(lambda: 'sexton_log_backup_problems 1' in server.get('/metrics'), f'{name} is a problem')
    equal(sorted(everything() - before), [], f'{name} is written nowhere')
    names = {it.name for it in spool.iterdir()} - {'.receiver', '.life'}
    # What is received once more, and what was before.
    names = [it for it in names if not it.startswith(('binlog.', '.received-binlog.'))]
    equal(names, [], f'nor into the spool: {name}')
    source.name = None
    until(lambda: 'sexton_log_backup_problems 0' in server.get('/metrics'), 'it goes on')
why = 'names a file of its binary log'
until(lambda: why in pathlib.Path(log).read_text(), 'the log says why')
server.end(15)
equal(tools_running(), [], 'no tool is left')
done()
