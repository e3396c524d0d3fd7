#!/usr/bin/env python3
"""Keeps what fuzzing found: one file of text a target, in place of thousands of small ones.

    fuzz/corpus.py unpack TARGET FOLDER    writes each input that is kept to a file of FOLDER
    fuzz/corpus.py pack TARGET FOLDER      keeps the files of FOLDER: those of 300 bytes or fewer

An input is a line: a JSON string whose letters are bytes."""
import hashlib
import json
import pathlib
import sys

LONGEST = 300
KEPT = pathlib.Path(__file__).parent / 'corpus'


def unpack(target, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in (KEPT / f'{target}.txt').read_text('ascii').splitlines():
        data = json.loads(line).encode('latin-1')
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pack(target, folder):
    inputs = {path.read_bytes() for path in folder.iterdir()}
    kept = sorted((it for it in inputs if len(it) <= LONGEST), key=lambda it: (len(it), it))
    lines = [json.dumps(it.decode('latin-1')) + '\n' for it in kept]
    (KEPT / f'{target}.txt').write_text(''.join(lines), 'ascii')
    print(f'{target}: {len(kept)} of {len(inputs)}')


if __name__ == '__main__':
    if len(sys.argv) != 4 or sys.argv[1] not in ('pack', 'unpack'):
        sys.exit(__doc__)
    work = pack if sys.argv[1] == 'pack' else unpack
    work(sys.argv[2], pathlib.Path(sys.argv[3]))
