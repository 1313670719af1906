"""Certificates for tests, made by openssl when they are needed."""

import pathlib
import subprocess

CONFIGURATION = """
[ca]
default_ca = own
[own]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[extensions]
basicConstraints = critical, CA:TRUE
subjectAltName = {names}
"""


def openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


class Certificate:
    """A self-signed certificate and its key: PEM files `cert` and `key` in `folder`."""

    def __init__(self, folder, name="server", names="DNS:localhost, IP:127.0.0.1", start="20200101000000Z", end="20990101000000Z"):
        folder = pathlib.Path(folder) / name
        folder.mkdir()
        self.cert = folder / "cert.pem"
        self.key = folder / "key.pem"
        configuration = folder / "openssl.cnf"
        configuration.write_text(CONFIGURATION.format(folder=folder, names=names))
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        request = folder / "request.pem"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", self.key)
        self.key.chmod(0o600)
        openssl("req", "-new", "-config", configuration, "-key", self.key, "-subj", "/CN=localhost", "-out", request)
        openssl("ca", "-batch", "-selfsign", "-config", configuration, "-keyfile", self.key, "-in", request,
                "-notext", "-startdate", start, "-enddate", end, "-out", self.cert)

    @property
    def pem(self) -> bytes:
        return self.cert.read_bytes()

    @property
    def options(self):
        return "--tls-cert", self.cert, "--tls-key", self.key
