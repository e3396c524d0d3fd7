"""Requests to ApsaraDB RDS as its documentation has them signed: written beside the server's
own code and beside the SDKs, so that three agree."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import urllib.parse
import uuid

VERSION = '2014-08-15'
EMPTY = hashlib.sha256(b'').hexdigest()


def quoted(text):
    """RFC 3986, as both signatures want it."""
    return urllib.parse.quote(str(text), safe='-_.~')


def canonical(parameters):
    return '&'.join(f'{quoted(name)}={quoted(value)}'
                    for name, value in sorted(parameters.items()))


def stamp(seconds=0):
    """The time of now, moved."""
    moved = datetime.timedelta(seconds=seconds)
    return (datetime.datetime.now(datetime.timezone.utc) + moved).strftime('%Y-%m-%dT%H:%M:%SZ')


def window_far_from_now():
    """A policy by which no set comes or goes by itself in the hour in which a test runs, also
    where the clock is moved by days."""
    hour = datetime.datetime.now(datetime.timezone.utc).hour
    begin, end = (hour + 12) % 24, (hour + 13) % 24
    return {'PreferredBackupPeriod': 'Monday,Tuesday', 'BackupRetentionPeriod': 365,
            'PreferredBackupTime': f'{begin:02}:00Z-{end:02}:00Z'}


class Answer:
    """What came back."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The name of the error, or nothing."""
        return self.json.get('Code')

    def __repr__(self):
        return f'{self.status} {self.body!r}'


class Signer:
    """Signs for one access key, and sends to one address."""

    def __init__(self, url, key='test', secret='test'):
        self.host = url.split('//')[1]
        self.key, self.secret = key, secret

    def v1(self, action, method='POST', form=False, sent=None, signed=None, **parameters):
        """The first signature: over method and parameters. SENT takes the place of what is sent
        after it was signed, SIGNED of what belongs to the signature."""
        whole = {
            'Action': action, 'Version': VERSION, 'Format': 'JSON', 'AccessKeyId': self.key,
            'SignatureMethod': 'HMAC-SHA1', 'SignatureVersion': '1.0', 'Timestamp': stamp(),
            'SignatureNonce': str(uuid.uuid4()), **(signed or {}), **parameters,
        }
        whole = {name: value for name, value in whole.items() if value is not None}
        wanted = self.to_sign_v1(method, whole)
        code = hmac.new(f'{self.secret}&'.encode(), wanted.encode(), hashlib.sha1)
        whole['Signature'] = base64.b64encode(code.digest()).decode()
        whole.update(sent or {})
        encoded = urllib.parse.urlencode(whole)
        if form:
            headers = {'Content-Type': 'application/x-www-form-urlencoded'}
            return method, '/', headers, encoded.encode()
        return method, f'/?{encoded}', {}, b''

    @staticmethod
    def to_sign_v1(method, parameters):
        return f'{method}&%2F&{quoted(canonical(parameters))}'

    def v3(self, action, method='POST', sent=None, signed=None, form=None, **parameters):
        """The third signature: over method, query, headers and body."""
        body = urllib.parse.urlencode(form).encode() if form else b''
        headers = {
            'host': self.host, 'x-acs-action': action, 'x-acs-version': VERSION,
            'x-acs-date': stamp(), 'x-acs-signature-nonce': str(uuid.uuid4()),
            'x-acs-content-sha256': hashlib.sha256(body).hexdigest(), **(signed or {}),
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        names = ';'.join(sorted(headers))
        lines = ''.join(f'{name}:{headers[name]}\n' for name in sorted(headers))
        asked = '\n'.join([method, '/', canonical(parameters), lines, names,
                           headers.get('x-acs-content-sha256', '')])
        self.signed_v3 = f'ACS3-HMAC-SHA256\n{hashlib.sha256(asked.encode()).hexdigest()}'
        code = hmac.new(self.secret.encode(), self.signed_v3.encode(), hashlib.sha256).hexdigest()
        headers['Authorization'] = (f'ACS3-HMAC-SHA256 Credential={self.key},'
                                    f'SignedHeaders={names},Signature={code}')
        headers.update(sent or {})
        if body:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
        query = urllib.parse.urlencode(parameters)
        return method, f'/?{query}' if query else '/', headers, body

    def send(self, request):
        """One request exactly as given."""
        method, target, headers, body = request
        connection = http.client.HTTPConnection(self.host, timeout=300)
        connection.putrequest(method, target, skip_host='host' in headers,
                              skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return found

    def ask(self, action, **parameters):
        """By the third signature."""
        return self.send(self.v3(action, **parameters))
