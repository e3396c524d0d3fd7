"""Directories with everything in them that a backup has to keep, and their comparison."""
import hashlib
import os
import random
import stat

WIDE = 20 << 20


def make(root):
    """Files, links, holes, odd names, modes and times under ROOT, which must not exist."""
    noise = os.urandom(5 << 20)
    os.makedirs(os.path.join(root, 'deep/er/est'))
    os.makedirs(os.path.join(root, 'empty'))
    for name, content in [
        ('none', b''), ('one', b'1'), ('noise', noise), ('text', b'backup ' * 100_000),
        ('deep/er/est/leaf', b'leaf'), ('a name\nof two lines', b'?'), ('naïve – ☃', b'unicode'),
    ]:
        with open(os.path.join(root, name), 'wb') as file:
            file.write(content)
    with open(os.path.join(os.fsencode(root), b'not utf-8 \xff\xfe'), 'wb') as file:
        file.write(b'bytes')
    with open(os.path.join(root, 'sparse'), 'wb') as file:
        file.seek(WIDE)
        file.write(b'after the hole')
    os.symlink('deep/er/est/leaf', os.path.join(root, 'link'))
    os.symlink('/nowhere/at all', os.path.join(root, 'dangling'))
    os.link(os.path.join(root, 'noise'), os.path.join(root, 'deep/noise again'))
    os.mkfifo(os.path.join(root, 'pipe'))
    try:
        os.setxattr(os.path.join(root, 'one'), 'user.note', b'kept \0 too')
    except OSError:
        print('       (no extended attributes here)')
    os.chmod(os.path.join(root, 'text'), 0o640)
    os.chmod(os.path.join(root, 'deep/er/est/leaf'), 0o400)
    os.chmod(os.path.join(root, 'empty'), 0o1777)
    os.utime(os.path.join(root, 'one'), ns=(0, 1_234_567_890_123_456_789))
    os.utime(os.path.join(root, 'link'), ns=(0, 987_654_321_987_654_321), follow_symlinks=False)
    os.utime(os.path.join(root, 'deep/er'), ns=(0, 1_111_111_111_000_000_001))
    return noise


def make_many(root, count):
    """COUNT files under ROOT, which is there: small ones in nested folders, among them links,
    holes, odd names, empty folders and modes of all kinds. The same for the same COUNT."""
    dice = random.Random(count)
    root, folder = os.fsencode(root), b''
    odd = [b'a blank ', b'two\nlines', 'naïve ☃'.encode(), b'not utf-8 \xff', b'-rf', b'*']
    folders, last = [root], None
    for number in range(count):
        if number % 50 == 0:
            # Nested up to nine deep.
            above = dice.choice(folders)
            if above.count(b'/') > root.count(b'/') + 8:
                above = root
            folder = os.path.join(above, b'folder %d' % number)
            os.mkdir(folder)
            folders.append(folder)
        path = os.path.join(folder, b'%d' % number)
        kind = number % 100
        if kind == 7:
            path += odd[number // 100 % len(odd)]
        if kind == 11:
            os.symlink(b'../%d' % (number - 5), path)
        elif kind == 13:
            os.symlink(b'/nowhere/%d' % number, path)
        elif kind == 17 and last:
            os.link(last, path)
        elif kind == 19:
            os.mkdir(path, 0o711)
        else:
            with open(path, 'wb') as file:
                if kind == 23:
                    file.seek(1 << 20)
                file.write(dice.randbytes(dice.randint(0, 2048)) + b'text ' * dice.randint(0, 400))
            os.chmod(path, dice.choice([0o400, 0o600, 0o640, 0o644, 0o755, 0o2755, 0o4711]))
            last = path
    for number, path in enumerate(folders[1:]):
        os.chmod(path, [0o700, 0o755, 0o2775, 0o1777][number % 4])


def look(root):
    """Everything about every entry that a restore must give back."""
    found, first = {}, {}
    root = os.fsencode(root)

    def see(path):
        name = os.path.relpath(path, root)
        info = os.lstat(path)
        entry = {'mode': oct(info.st_mode), 'owner': (info.st_uid, info.st_gid),
                 'time': info.st_mtime_ns}
        if stat.S_ISREG(info.st_mode):
            with open(path, 'rb') as file:
                entry['content'] = (info.st_size, hashlib.sha256(file.read()).hexdigest())
            entry['same as'] = first.setdefault((info.st_dev, info.st_ino), name)
            entry['hole'] = info.st_blocks * 512 < info.st_size // 2
        elif stat.S_ISLNK(info.st_mode):
            entry['to'] = os.readlink(path)
        if not stat.S_ISLNK(info.st_mode):
            entry['attributes'] = {it: os.getxattr(path, it) for it in sorted(os.listxattr(path))}
        found[name] = entry
        if stat.S_ISDIR(info.st_mode):
            for child in sorted(os.listdir(path)):
                see(os.path.join(path, child))
    see(root)
    return found


def differences(left, right):
    """What differs between two looks, entry by entry."""
    found = []
    for name in sorted(set(left) | set(right)):
        one, other = left.get(name), right.get(name)
        if one is None or other is None:
            found.append(f'{name!r} is only {"right" if one is None else "left"}')
            continue
        found += [f'{name!r} {what}: {one.get(what)} and {other.get(what)}'
                  for what in one.keys() | other.keys() if one.get(what) != other.get(what)]
    return found
