#!/usr/bin/env python3
"""A registry that misbehaves on command: the repository's name says how.

Prints one line of JSON with its ports and directory of certificates, then serves until its standard
input ends.  GET /_log/REPOSITORY lists the requests for a repository, so that a test can tell what
was sent where.
"""
import hashlib, http.server, json, os, random, socket, ssl, struct, subprocess, sys, tempfile
import threading, time, urllib.parse

random.seed(7)
LAYER = random.randbytes(300_000)
DIFF = "sha256:" + "0" * 64


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


CONFIG = json.dumps({
    "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/true"]},
    "rootfs": {"type": "layers", "diff_ids": [DIFF]}}).encode()
OCI = "application/vnd.oci.image."


def manifest(config=CONFIG, layer=LAYER, **more):
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
        "config": {"mediaType": OCI + "config.v1+json", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": OCI + "layer.v1.tar", "digest": digest(layer), "size": len(layer)}],
        **more}).encode()


MANIFEST = manifest()
BIG_CONFIG = CONFIG[:-1] + b" " * (9 << 20) + b"}"
OTHER = manifest(annotations={"other": "yes"})
BLOBS = {digest(b): b for b in (LAYER, CONFIG)}
MANIFESTS = {digest(m): m for m in (MANIFEST, OTHER)}
log, counts, lock = {}, {}, threading.Lock()
uploads, pushed, named = {}, {}, {}
ports = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_):
        pass

    def count(self, key):
        with lock:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code="X", headers=()):
        body = json.dumps({"errors": [{"code": code, "message": "as you ordered\x1b[31m"}]}).encode()
        self.answer(status, body, [("Content-Type", "application/json"), *headers])

    def own(self, path, name=None):
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        return f"{scheme}://{name or self.headers['Host']}{path}"

    def do_GET(self):
        path = self.path.split("?")[0]
        parts = path.strip("/").split("/")
        if parts[0] == "_log":
            return self.answer(200, json.dumps(log.get("/".join(parts[1:]), [])).encode())
        repository = parts[1] if len(parts) > 1 else ""
        with lock:
            log.setdefault(repository, []).append({
                "method": self.command, "path": self.path, "port": self.server.server_address[1],
                "authorization": self.headers.get("Authorization"), "range": self.headers.get("Range"),
                "cookie": self.headers.get("Cookie")})
        if parts[0] == "elsewhere":
            return self.elsewhere(repository, parts)
        if parts[0] == "token":
            return self.token(repository)
        kind = parts[2] if len(parts) > 2 else ""
        try:
            if self.guarded(repository):
                return
            if kind == "manifests":
                return self.manifest(repository, parts[3])
            if kind == "upload":
                if repository == "up-cut-forgotten" or f"{repository}/{parts[3]}" not in uploads:
                    return self.error(404)
                return self.answer(204, b"", self.state(repository, f"{repository}/{parts[3]}"))
            if kind == "blobs" and repository.startswith("up-"):
                data = pushed.get((repository, parts[3]))
                return self.error(404) if data is None else self.answer(200, data)
            if kind == "blobs":
                return self.blob(repository, parts[3])
            if kind == "tags":
                return self.tags(repository)
            if kind == "referrers":
                return self.referrers(repository, parts[3])
            if parts == ["v2"]:
                return self.answer(200, b"{}")
            self.error(404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_HEAD = do_GET

    # -- uploads -------------------------------------------------------------------------------

    def note(self, repository):
        with lock:
            log.setdefault(repository, []).append({
                "method": self.command, "path": self.path, "port": self.server.server_address[1],
                "authorization": self.headers.get("Authorization"),
                "range": self.headers.get("Content-Range"), "cookie": self.headers.get("Cookie")})

    def do_POST(self):
        repository = self.path.split("/")[2]
        self.note(repository)
        if repository == "up-mount" and "mount=" in self.path:
            return self.answer(201)
        number = self.count(("upload", repository))
        uploads[f"{repository}/{number}"] = b""
        self.answer(202, b"", [("Location", f"/v2/{repository}/upload/{number}?state=0")])

    def do_PATCH(self):
        parts = self.path.split("?")[0].split("/")
        repository, key = parts[2], f"{parts[2]}/{parts[4]}"
        self.note(repository)
        length = int(self.headers.get("Content-Length", 0))
        number = self.count(("patch", repository)) if length > 1000 else 0
        if repository == "up-413" and length > (8 << 20):
            self.rfile.read(length)
            return self.error(413)
        if repository == "up-500" and number == 1:
            self.rfile.read(length)
            return self.error(500)
        if repository.startswith("up-cut") and (number == 1 or number and repository == "up-cut-always"):
            uploads[key] += self.rfile.read(length // 2)
            return self.cut()
        uploads[key] += self.rfile.read(length)
        self.answer(202, b"", self.state(repository, key))

    def state(self, repository, key):
        return [("Location", f"/v2/{repository}/upload/{key.split('/')[1]}?state={len(uploads[key])}"),
                ("Range", f"0-{max(0, len(uploads[key]) - 1)}")]

    def do_PUT(self):
        parts = self.path.split("?")[0].split("/")
        repository = parts[2]
        self.note(repository)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts[3] == "manifests":
            pushed[(repository, digest(body))] = body
            if repository.startswith("referrers"):
                return self.referring(repository, parts[4], body)
            return self.answer(201)
        data = uploads.pop(f"{repository}/{parts[4]}", b"") + body
        wanted = urllib.parse.parse_qs(self.path.split("?")[1])["digest"][0]
        if digest(data) != wanted or repository == "up-denied":
            return self.error(400, "DIGEST_INVALID")
        pushed[(repository, wanted)] = data
        self.answer(201)

    def referring(self, repository, selector, body):
        """Keeps what names stand for; "-known" keeps lists of referrers by itself, and in "-race"
        another client's list takes the place of the first one that is written."""
        is_list = selector.startswith("sha256-")
        if is_list and repository == "referrers-race" and self.count(("list", repository)) == 1:
            kind = OCI + "index.v1+json"
            entry = {"mediaType": OCI + "manifest.v1+json", "digest": digest(OTHER), "size": len(OTHER)}
            body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]}).encode()
        named[(repository, selector)] = body
        subject = json.loads(body).get("subject")
        known = [("OCI-Subject", subject["digest"])] if subject and repository == "referrers-known" else []
        return self.answer(201, b"", known)

    def referrers(self, repository, subject):
        """Two pages of what refers to a manifest, whatever was asked for; "-known" alone has them."""
        if repository != "referrers-known":
            return self.error(404)
        entry = {"mediaType": OCI + "manifest.v1+json", "size": 2, "digest": subject}
        page = self.path.count("page=2")
        entry["artifactType"] = ["a/one", "a/two"][page]
        body = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [entry]}
        link = [] if page else [("Link", f'</v2/{repository}/referrers/{subject}?page=2>; rel="next"')]
        self.answer(200, json.dumps(body).encode(), [("Content-Type", OCI + "index.v1+json"), *link])

    # -- who asks ------------------------------------------------------------------------------

    def guarded(self, repository):
        """Sends a challenge where the repository wants one; True where that was the answer."""
        given = self.headers.get("Authorization", "")
        here = self.headers["Host"]
        realm = {
            "realm-plain": f"http://{here}/token/realm-plain",
            "realm-user": f"http://me:secret@{here}/token/realm-user",
            "realm-other": f"http://localhost:{ports['plain']}/token/realm-other",
            "realm-file": "file:///etc/passwd",
            "realm-none": "",
        }.get(repository)
        if repository.startswith("token") or realm is not None:
            realm = self.own(f"/token/{repository}") if realm is None else realm
            if given == "Bearer good" and repository != "token-loop":
                return False
            self.error(401, "UNAUTHORIZED", [(
                "WWW-Authenticate", f'Bearer realm="{realm}",service="s",scope="repository:{repository}:pull"')])
            return True
        if repository.startswith("basic"):
            if given == "Basic bWU6c2VjcmV0":
                return False
            self.error(401, "UNAUTHORIZED", [("WWW-Authenticate", 'Basic realm="x"')])
            return True
        if repository == "nonsense-challenge":
            self.error(401, "UNAUTHORIZED", [("WWW-Authenticate", '=,"; Bearer realm=\xff,,,')])
            return True
        return False

    def token(self, repository):
        if repository == "token-big":
            return self.answer(200, b'{"token":"' + b"a" * (2 << 20) + b'"}')
        if repository == "token-secret" and self.headers.get("Authorization") != "Basic bWU6c2VjcmV0":
            return self.error(401)
        if repository == "token-newline":
            return self.answer(200, json.dumps({"token": "a\r\nX: y"}).encode())
        self.answer(200, json.dumps({"token": "good", "expires_in": 60}).encode())

    # -- documents -----------------------------------------------------------------------------

    def manifest(self, repository, selector):
        number = self.count(("manifest", repository))
        body, kind, headers = MANIFEST, OCI + "manifest.v1+json", []
        if repository.startswith("referrers"):
            body = named.get((repository, selector))
            if body is None:
                return self.error(404, "MANIFEST_UNKNOWN")
            return self.answer(200, body, [("Content-Type", json.loads(body)["mediaType"])])
        statuses = {"403": 403, "404": 404, "500": 500}
        if repository in statuses:
            return self.error(statuses[repository])
        if repository == "502-html":
            return self.answer(502, b"<html><h1>Bad gateway</h1></html>", [("Content-Type", "text/html")])
        if repository.startswith("busy-") and number == 1:
            when = {
                "busy-seconds": "1", "busy-negative": "-5", "busy-words": "soon",
                "busy-date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2)),
                "busy-past": "Wed, 21 Oct 2015 07:28:00 GMT"}.get(repository, "0")
            return self.error(429 if number % 2 else 503, "TOOMANYREQUESTS", [("Retry-After", when)])
        if repository == "big-manifest":
            body = MANIFEST[:-1] + b" " * (5 << 20) + b"}"
        if repository == "big-config":
            body = manifest(config=BIG_CONFIG)
        if repository == "big-head":
            headers = [(f"X-{i}", "y" * 4000) for i in range(18)]
        if repository == "big-error":
            return self.answer(500, b"x" * (3 << 20))
        if repository == "other-bytes":
            body = OTHER
        if repository == "announced-lies":
            headers = [("Docker-Content-Digest", digest(b"other"))]
        if repository == "type-lies":
            kind = OCI + "index.v1+json"
        if repository == "two-things":
            body = manifest(manifests=[])
        if repository == "type-html":
            kind = "text/html"
        if repository == "not-json":
            body = b"<html>login here</html>"
        if repository == "stall-manifest":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.flush()
            return time.sleep(15)
        if repository == "never-answers":
            return time.sleep(15)
        if repository == "cut-manifest" and number < 3:
            self.answer(200, body[: len(body) // 2], [("Content-Type", kind)], length=len(body))
            return self.cut()
        if repository == "short-config-list":
            body = manifest(config=CONFIG.replace(DIFF.encode(), DIFF.encode() + b'","' + DIFF.encode()))
        if repository == "size-lies":
            body = MANIFEST.replace(f'"size": {len(LAYER)}'.encode(), f'"size": {len(LAYER) + 5}'.encode())
        if repository == "traversal":
            body = MANIFEST.replace(digest(LAYER).encode(), b"sha256:../../../../etc/passwd")
        if repository == "index":
            entry = {"mediaType": OCI + "manifest.v1+json", "digest": digest(MANIFEST), "size": len(MANIFEST)}
            if selector == digest(MANIFEST):
                body = MANIFEST
            else:
                kind = OCI + "index.v1+json"
                body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [
                    {**entry, "digest": digest(OTHER), "platform": {"os": "linux", "architecture": "s390x"}},
                    {**entry, "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
        self.answer(200, body, [("Content-Type", kind), *headers])

    def tags(self, repository):
        if repository == "circle":
            last = "b" if "last=a" in self.path else "a"
            return self.answer(200, b'{"tags": []}', [
                ("Link", f'</v2/{repository}/tags/list?last={last}>; rel="next"')])
        if "last" in self.path:
            return self.answer(200, json.dumps({"tags": ["c", "bad tag", "../x"]}).encode())
        self.answer(200, json.dumps({"tags": ["a", "b"]}).encode(), [
            ("Link", f'</v2/{repository}/tags/list?n=2&last=b>; rel="next"')])

    # -- blobs ---------------------------------------------------------------------------------

    def cut(self):
        """Ends the connection the hard way."""
        self.wfile.flush()
        time.sleep(0.05)  # Data still on its way when the reset comes is lost.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def blob(self, repository, name):
        if repository == "big-config" and name == digest(BIG_CONFIG):
            return self.answer(200, BIG_CONFIG)
        extra = CONFIG.replace(DIFF.encode(), DIFF.encode() + b'","' + DIFF.encode())
        data = {**BLOBS, digest(extra): extra}.get(name)
        if data is None:
            return self.error(404)
        if data is not LAYER:
            return self.answer(200, data)
        number = self.count(("blob", repository))
        start = 0
        if self.headers.get("Range", "").startswith("bytes="):
            start = int(self.headers["Range"][6:].split("-")[0])
        if repository.startswith("redirect-"):
            return self.redirect(repository, name)
        if repository.startswith("cut-at-") and number <= 2:
            at = {"0": 0, "1": 1, "last": len(data) - 1, "half": len(data) // 2}[repository[7:].split("+")[0]]
            if number == 1:
                self.answer(200, data[:at], length=len(data))
                return self.cut()
        if repository == "cut-always":
            return (self.answer(200, data[:1000], length=len(data)), self.cut())
        if repository == "cut-norange":
            if number == 1:
                self.answer(200, data[:1000], length=len(data))
                return self.cut()
            return self.answer(200, data)
        if repository == "cut-wrongrange" and number <= 2:
            if number == 1:
                self.answer(200, data[:1000], length=len(data))
                return self.cut()
            return self.answer(206, data[500:], [("Content-Range", f"bytes 500-{len(data) - 1}/{len(data)}")])
        if repository == "cut-416" and number <= 2:
            if number == 1:
                self.answer(200, data[:1000], length=len(data))
                return self.cut()
            return self.error(416) if start else self.answer(200, data)
        if repository == "cut-chunk":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if number == 1:
                self.wfile.write(b"3e8\r\n" + data[:500])
                return self.cut()
            self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n0\r\n\r\n")
            return
        if repository == "length-big":
            return (self.answer(200, data, length=len(data) + 10), self.cut())
        if repository == "length-small":
            return (self.answer(200, data[:-10]), self.cut())
        if repository == "wrong-bytes":
            return self.answer(200, bytes(len(data)))
        if repository == "one-bit":
            return self.answer(200, data[:-1] + bytes([data[-1] ^ 1]))
        if repository == "too-long":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")
            return
        if repository == "drip":
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for byte in data[:40]:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.25)
            return self.cut()
        if repository == "stall":
            self.answer(200, data[:5000], length=len(data))
            self.wfile.flush()
            return time.sleep(15)
        if repository == "blob-404":
            return self.error(404)
        if start:
            return self.answer(206, data[start:], [
                ("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")])
        self.answer(200, data)

    def redirect(self, repository, name):
        here = self.headers["Host"]
        target = {
            "redirect-port": f"http://127.0.0.1:{ports['second']}/elsewhere/redirect-port/{name}",
            "redirect-name": f"http://localhost:{ports['plain']}/elsewhere/redirect-name/{name}",
            "redirect-relative": f"/elsewhere/redirect-relative/{name}",
            "redirect-loop": self.own(self.path),
            "redirect-many": f"/elsewhere/redirect-many/1/{name}",
            "redirect-ten": f"/elsewhere/redirect-ten/2/{name}",
            "redirect-dead": f"http://127.0.0.1:1/{name}",
            "redirect-file": "file:///etc/passwd",
            "redirect-user": f"http://a:b@{here}/x",
            "redirect-plain": f"http://127.0.0.1:{ports['plain']}/elsewhere/redirect-plain/{name}",
            "redirect-wrong": f"/elsewhere/redirect-wrong/{name}",
        }.get(repository)
        headers = [("Set-Cookie", "secret=1")] + ([("Location", target)] if target else [])
        self.answer(307, b"", headers)

    def elsewhere(self, repository, parts):
        if repository in ("redirect-many", "redirect-ten") and len(parts) == 4:
            number = int(parts[2])
            if repository == "redirect-many" or number < 10:
                return self.answer(302, b"", [("Location", f"/elsewhere/{repository}/{number + 1}/{parts[3]}")])
        if repository == "redirect-wrong":
            return self.answer(200, bytes(len(LAYER)))
        self.answer(200, LAYER)


def serve(kind, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    ports[kind] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


def certificates(directory):
    """Makes an authority and certificates that are good, for another name, out of date, self-signed."""
    def run(*words, **more):
        subprocess.run(("openssl",) + words, cwd=directory, check=True, capture_output=True, **more)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=authority",
        "-addext", "basicConstraints=critical,CA:TRUE")
    for name, names, days in (("good", "IP:127.0.0.1,DNS:localhost", "2"), ("name", "DNS:other.example", "2"),
                              ("old", "IP:127.0.0.1", "0")):
        run("req", *key, "-keyout", name + ".pem", "-out", name + ".csr", "-subj", "/CN=" + name)
        run("x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", days, "-out", name + ".x", "-extfile", "/dev/stdin",
            input=f"subjectAltName={names}".encode())
        with open(os.path.join(directory, name + ".pem"), "ab") as pem:
            pem.write(open(os.path.join(directory, name + ".x"), "rb").read())
    run("req", "-x509", *key, "-keyout", "self.pem", "-out", "self.x", "-days", "2", "-subj", "/CN=self",
        "-addext", "subjectAltName=IP:127.0.0.1")
    with open(os.path.join(directory, "self.pem"), "ab") as pem:
        pem.write(open(os.path.join(directory, "self.x"), "rb").read())
    trusted = os.path.join(directory, "trusted")
    os.mkdir(trusted)
    os.rename(os.path.join(directory, "ca.crt"), os.path.join(trusted, "ca.crt"))


with tempfile.TemporaryDirectory() as scratch:
    certificates(scratch)
    serve("plain")
    serve("second")
    for kind in ("good", "name", "old", "self"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(scratch, kind + ".pem"))
        serve("tls-" + kind, context)
    # Takes connections and never says a word.
    silent = socket.create_server(("127.0.0.1", 0))
    ports["silent"] = silent.getsockname()[1]
    # A port that is free now, for a registry of another make.
    with socket.create_server(("127.0.0.1", 0)) as free:
        ports["free"] = free.getsockname()[1]
    time.sleep(1.1)  # Until the certificate that is valid for no days is out of date.
    print(json.dumps({
        "ports": ports, "good": os.path.join(scratch, "good.pem"), "trusted": os.path.join(scratch, "trusted"), "layer": digest(LAYER),
        "manifest": digest(MANIFEST)}), flush=True)
    sys.stdin.read()
