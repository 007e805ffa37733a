"""Signed tokens (JWT), keys for them and certificates, made by openssl."""

import base64
import datetime
import hashlib
import hmac
import json
import subprocess
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, check=True, capture_output=True).stdout


def make_key(path, kind):
    """A private key (`EC` or `RSA`) in `path`, its public key beside it."""
    options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "EC" else ["-algorithm", "RSA"]
    openssl("genpkey", *options, "-out", path)
    public = path.with_suffix(".pub")
    openssl("pkey", "-in", path, "-pubout", "-out", public)
    return public


def token(key, claims=None, algorithm="ES256", **header):
    """`key`: the path of a private key, or a shared secret."""
    claims = {"sub": "ana", "exp": time.time() + 60, **(claims or {})}
    claims = {name: value for name, value in claims.items() if value is not None}
    text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": algorithm, **header}, claims))
    if isinstance(key, (str, bytes)):
        signature = hmac.new(key.encode() if isinstance(key, str) else key, text.encode(), hashlib.sha256).digest()
    else:
        signature = openssl("dgst", "-sha256", "-sign", key, stdin=text.encode())
        if algorithm == "ES256":
            signature = raw(signature)
    return f"{text}.{base64url(signature)}"


def raw(der):
    """The two numbers of an ECDSA signature, 32 bytes each."""
    numbers, at = [], 2
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length]))
        at += 2 + length
    return b"".join(number.to_bytes(32) for number in numbers)


def make_certificate(directory, name, days=90, start=None, host="localhost"):
    """A self-signed certificate and its key, as NAME.pem and NAME.key."""
    pem, key = directory / f"{name}.pem", directory / f"{name}.key"
    options = ["-days", days]
    if start:  # what lies in the past needs a signing of its own
        options = []
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem,
            "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1", *options)
    if start:
        request = directory / f"{name}.csr"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={host}", "-out", request)
        (directory / "index.txt").write_text("")
        (directory / "serial").write_text("01\n")
        (directory / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=c\n[c]\ndatabase={directory}/index.txt\nserial={directory}/serial\nnew_certs_dir={directory}\n"
            "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        end = start + datetime.timedelta(days=days)
        openssl("ca", "-batch", "-config", directory / "ca.cnf", "-selfsign", "-keyfile", key, "-in", request, "-out", pem, "-notext",
                "-startdate", start.strftime("%Y%m%d%H%M%SZ"), "-enddate", end.strftime("%Y%m%d%H%M%SZ"))
    return pem, key
