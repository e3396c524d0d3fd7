"""Builds the wheel with maturin, and puts the program `sexton` into it as a script.

With `--zig` among maturin's words the program is linked by zig as well, for the C library that
`--compatibility` names: what is in the wheel runs where its name says."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from maturin import (  # noqa: F401  (hooks that pip calls)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
)
import maturin

HERE = Path(__file__).resolve().parent.parent
ZIG = ['ziglang==0.17.1', 'cargo-zigbuild==0.24.1']
BUILD = ['--release', '--locked', '--package', 'sexton']


def _zig(config_settings):
    """The version of the C library that zig is to link for; None without zig."""
    words = maturin.get_maturin_pep517_args(config_settings)
    if '--zig' not in words:
        return None
    named = re.search(r'\bmanylinux_(\d+)_(\d+)\b', ' '.join(words))
    # Without a name maturin takes manylinux2014.
    return '.'.join(named.groups()) if named else '2.17'


def get_requires_for_build_wheel(config_settings=None):
    zig = ZIG if _zig(config_settings) else []
    return [*maturin.get_requires_for_build_wheel(config_settings), *zig]


def _run(*words):
    return subprocess.run(words, cwd=HERE.parent, check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def _program(zig=None):
    """Builds the program and copies it to where maturin takes scripts from."""
    cargo = os.environ.get('CARGO', 'cargo')
    told = _run(cargo, 'metadata', '--format-version=1', '--no-deps', '--locked')
    built = Path(json.loads(told)['target_directory'])
    if zig:
        host, = re.findall(r'^host: (\S+)$', _run('rustc', '-vV'), re.M)
        _run('cargo-zigbuild', 'zigbuild', '--target', f'{host}.{zig}', *BUILD)
        built /= host
    else:
        _run(cargo, 'build', *BUILD)
    scripts = HERE / 'sexton.data' / 'scripts'
    scripts.mkdir(parents=True, exist_ok=True)
    shutil.copy2(built / 'release' / 'sexton', scripts / 'sexton')
    # Without the names of its functions it has a tenth of the size.
    if shutil.which('strip'):
        subprocess.run(['strip', str(scripts / 'sexton')], check=True)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _program(_zig(config_settings))
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    _program()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)
