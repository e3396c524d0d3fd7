#!/usr/bin/env python3
"""Signs some requests with Python's standard library alone: usage: vectors.py > vectors.json

An implementation of both signatures that shares nothing with the one that is tested. Checked
against requests that Alibaba Cloud's own clients signed: every one in recorded.json has the
signature that this computes (vectors.py recorded.json says so).
"""

import base64
import hashlib
import hmac
import json
import sys
import urllib.parse


def encode(text):
    return urllib.parse.quote(text, safe="-_.~")


def canonical(parameters):
    return "&".join(f"{encode(k)}={encode(v)}" for k, v in sorted(parameters.items()))


def v1(secret, method, parameters):
    signed = {k: v for k, v in parameters.items() if k != "Signature"}
    text = f"{method}&{encode('/')}&{encode(canonical(signed))}"
    code = hmac.new((secret + "&").encode(), text.encode(), hashlib.sha1).digest()
    return text, base64.b64encode(code).decode()


def v3(secret, method, query, headers, signed, body):
    lines = [f"{name}:{headers[name].strip()}\n" for name in signed]
    payload = hashlib.sha256(body).hexdigest()
    request = [method, "/", canonical(query), "".join(lines), ";".join(signed), payload]
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(request).encode()).hexdigest()
    return text, hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def decoded(text):
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))


def check(path):
    for request in json.load(open(path)):
        headers = dict(request["headers"])
        query = decoded(request["target"].partition("?")[2])
        body = request["body"]
        if "authorization" in headers:
            parts = headers["authorization"].partition(" ")[2].split(",")
            fields = dict(part.split("=", 1) for part in parts)
            signed = fields["SignedHeaders"].split(";")
            _, found = v3("testsecret", request["method"], query, headers, signed, body.encode())
            wanted = fields["Signature"]
        else:
            parameters = query | decoded(body)
            _, found = v1("testsecret", request["method"], parameters)
            wanted = parameters["Signature"]
        print("same" if found == wanted else "DIFFERENT", request["client"])


CASES = [
    ("LTAI5t", "secret", None, {"DBInstanceId": "rm-uf6wjk5xxxxxxx", "BackupId": "324909958"}),
    ("testid", "s/e+c=r&t ~*", None, {"BackupId": "a b+*~/\u4e2d'()!&=%", "Empty": ""}),
    ("STS.NT", "x" * 100, "CAIS/+=", {"b": "1", "a": "2", "A": "3", "a.1": "4", "-": "5"}),
    ("k", "", None, {}),
]


def main():
    vectors = []
    for key, secret, token, parameters in CASES:
        headers = {
            "host": "127.0.0.1:8080",
            "x-acs-action": "DescribeBackups",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": "2026-11-28T15:04:05Z",
            "x-acs-signature-nonce": "n-1",
            "x-acs-version": "2014-08-15",
        } | ({"x-acs-security-token": token} if token else {})
        signed = sorted(headers)
        text, signature = v3(secret, "POST", parameters, headers, signed, b"")
        names = ";".join(signed)
        authorization = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names}"
        system = {
            "Action": "DescribeBackups",
            "Version": "2014-08-15",
            "Format": "JSON",
            "AccessKeyId": key,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": "n-1",
            "Timestamp": "2026-11-28T15:04:05Z",
        } | ({"SecurityToken": token} if token else {})
        first, code = v1(secret, "POST", parameters | system)
        vectors.append({
            "access_key_id": key,
            "secret": secret,
            "security_token": token,
            "parameters": parameters,
            "v1_string_to_sign": first,
            "v1_signature": code,
            "v3_string_to_sign": text,
            "v3_authorization": f"{authorization},Signature={signature}",
        })
    lines = [json.dumps(vector) for vector in vectors]
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    check(sys.argv[1]) if len(sys.argv) > 1 else main()
