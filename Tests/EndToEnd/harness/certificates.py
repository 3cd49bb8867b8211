"""Certificates for servers under test, made by an authority of the test's own."""

import datetime
import ssl

import trustme


class Authority:
    """A certificate authority that nobody knows but who is told."""

    def __init__(self, directory):
        self._directory = directory
        self._authority = trustme.CA()
        self.file = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def issue(self, *names, expires=None, key_mode=0o600, name="server"):
        """Writes a certificate with its chain, and its key; answers the two paths."""
        made = self._authority.issue_cert(
            *names, **({"not_after": expires, "not_before": expires - datetime.timedelta(days=90)} if expires else {})
        )
        certificate, key = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        # As renewing programs do: beside, then into place.
        for path, blobs, mode in ((certificate, made.cert_chain_pems, 0o644), (key, [made.private_key_pem], key_mode)):
            beside = path.with_suffix(".new")
            beside.write_bytes(b"".join(blob.bytes() for blob in blobs))
            beside.chmod(mode)
            beside.rename(path)
        return certificate, key

    def serve(self, context, *names):
        """Lets a server of Python's speak TLS."""
        self._authority.issue_cert(*names).configure_cert(context)

    @property
    def client(self):
        """Believes this authority and no other."""
        return ssl.create_default_context(cafile=str(self.file))
