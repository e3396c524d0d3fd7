"""Checks that count themselves. A script ends with 'N passed, N failed', and with exit
status 1 if anything failed or nothing was checked."""
import os
import signal
import subprocess
import sys
import time

ROLE = 'arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole'
RESOURCE = 'arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0'
# Operations of backup plans.
PLANS = [
    'CreateBackupPlan', 'GetBackupPlan', 'UpdateBackupPlan', 'DeleteBackupPlan',
    'ListBackupPlans', 'ListBackupPlanVersions',
    'CreateBackupSelection', 'GetBackupSelection', 'DeleteBackupSelection', 'ListBackupSelections',
]
EXPIRED_ROLE = 'arn:aws:iam::123456789012:role/SextonExpired'

# A shell that runs something in the background has it ignore Ctrl-C, and whatever that starts too.
signal.signal(signal.SIGINT, signal.default_int_handler)

passed = failed = 0


def ok(condition, what, note=''):
    global passed, failed
    if condition:
        passed += 1
        print('ok     -', what)
    else:
        failed += 1
        print('not ok -', what, '|', str(note)[:1200])
    return bool(condition)


def equal(found, wanted, what):
    return ok(found == wanted, what, f'found {found!r}, wanted {wanted!r}')


def code_of(error):
    response = getattr(error, 'response', {})
    return response.get('Error', {}).get('Code') or type(error).__name__


def raises(call, name, what, words=None, status=None):
    """CALL must raise the error whose AWS name is NAME; gives the error."""
    try:
        answer = call()
    except Exception as error:
        good = code_of(error) == name and (words is None or words in str(error))
        if status is not None:
            metadata = getattr(error, 'response', {}).get('ResponseMetadata', {})
            good = good and metadata.get('HTTPStatusCode') == status
        ok(good, what, f'got {code_of(error)}: {error}')
        return error
    ok(False, what, f'no error, got {answer}')
    return None


def came(found):
    """Gives, or raises, what came of a call that was made before."""
    if isinstance(found, Exception):
        raise found
    return found


def poll(look, what, limit=300, step=0.05):
    """Looks until there is something to see. The limit is for what never comes: what comes
    late on a busy machine comes."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        seen = look()
        if seen:
            ok(True, what)
            return seen
        time.sleep(step)
    ok(False, what, f'not within {limit} s')
    return None


def asked(*words, given=None):
    """`sexton` with WORDS, of the server whose data folder is SEXTON_DATA, to its end."""
    return subprocess.run(
        [os.environ['SEXTON_BIN'], *words, '--data', os.environ['SEXTON_DATA']],
        capture_output=True, text=True, input=given)


def sexton(*words, status=0, given=None):
    """What it prints; it must exit with STATUS."""
    ended = asked(*words, given=given)
    ok(ended.returncode == status, f'sexton {" ".join(words[:2])} exits {status}',
       (words, ended.returncode, ended.stdout, ended.stderr))
    return ended.stdout


def done():
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)


def endpoint():
    if len(sys.argv) < 2:
        sys.exit(f'usage: {sys.argv[0]} ENDPOINT_URL')
    return sys.argv[1].rstrip('/')


def aws_env(url):
    """The environment that `sexton serve --dev` prints, and nothing of the user's own."""
    env = os.environ
    for name in list(env):
        if name.startswith('AWS_'):
            del env[name]
    env['AWS_ACCESS_KEY_ID'] = env['AWS_SECRET_ACCESS_KEY'] = 'test'
    env['AWS_DEFAULT_REGION'] = env['AWS_REGION'] = 'us-east-1'
    env['AWS_EC2_METADATA_DISABLED'] = 'true'
    env['AWS_CONFIG_FILE'] = env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent'
    env['AWS_ENDPOINT_URL'] = url
    env['NO_PROXY'] = env['no_proxy'] = '127.0.0.1,localhost'
    return env
