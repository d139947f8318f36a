#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
Resolves credentials in some sixty homes and environments, by our chain and by botocore,
and demands the same access key id, the same "there are none", or an error from both.

    cred_compare.py TOOL     TOOL: tests/tools/show_cred

One loopback server plays STS, SSO, a container's agent and instance metadata.  The keys that
its STS gives are made from the whole question (who signed, which role, which external id...),
so equal ids mean equal questions.
"""
import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.parse
import warnings

import botocore.credentials
import botocore.session
import botocore.tokens

CASES_AT_LEAST = 60
SOON = "2099-01-01T00:00:00Z"
KEYS = "aws_access_key_id = AKTEST{0}\naws_secret_access_key = s\n"
ROLE = "role_arn = arn:aws:iam::111122223333:role/{0}\n"
PROCESS = ("credential_process = /bin/echo '{\"Version\": 1, \"AccessKeyId\": \"AKTESTPROC\","
           " \"SecretAccessKey\": \"s\"}'\n")
SSO = ("sso_start_url = http://start\nsso_region = us-east-1\nsso_account_id = 1\n"
       "sso_role_name = R\n")
SSO_CACHE = ".aws/sso/cache/%s.json" % hashlib.sha1(b"http://start").hexdigest()
SESSION_CACHE = ".aws/sso/cache/%s.json" % hashlib.sha1(b"corp").hexdigest()
TOKEN = json.dumps({"accessToken": "tok", "expiresAt": SOON})


class Cloud(http.server.BaseHTTPRequestHandler):
    """What the sources ask, each by its path."""
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass

    def do_PUT(self):
        self.answer(200, "imds-token", "text/plain")

    def do_GET(self):
        path = self.path.split("?")[0]
        keys = {"SecretAccessKey": "s", "Token": "t", "Expiration": SOON}
        if path == "/creds":
            who = self.headers.get("Authorization", "NONE").replace("-", "").upper()
            self.answer(200, json.dumps(dict(keys, AccessKeyId="ASTESTECS" + who)))
        elif path == "/federation/credentials":
            self.answer(200, json.dumps({"roleCredentials": {
                "accessKeyId": "ASTESTSSO" + self.headers["x-amz-sso_bearer_token"].upper(),
                "secretAccessKey": "s", "sessionToken": "t", "expiration": 4070908800000}}))
        elif path.endswith("/security-credentials/"):
            self.answer(200, "role", "text/plain")
        elif path.endswith("/security-credentials/role"):
            self.answer(200, json.dumps(dict(keys, Code="Success", AccessKeyId="ASTESTIMDS")))
        else:
            self.answer(404, "")

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        form.pop("Version")
        if re.match("(botocore-session|runbook)-[0-9]+$", form["RoleSessionName"][0]):
            form.pop("RoleSessionName")
        signer = re.search(r"Credential=(\w+)/\d+/([\w-]+)/", self.headers.get("Authorization", ""))
        question = [sorted(form.items()), signer.groups() if signer else None]
        name = hashlib.sha1(json.dumps(question).encode()).hexdigest()[:12].upper()
        action = form["Action"][0]
        self.answer(200, (
            "<{0}Response><{0}Result><Credentials><AccessKeyId>ASTEST{1}</AccessKeyId>"
            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            "<Expiration>{2}</Expiration></Credentials></{0}Result></{0}Response>"
        ).format(action, name, SOON), "text/xml")


def case(name, config="", credentials="", profile=None, env=None, files=None):
    return {"name": name, "config": config, "credentials": credentials, "profile": profile,
            "env": env or {}, "files": files or {}}


ENV = {"AWS_ACCESS_KEY_ID": "AKTESTENV", "AWS_SECRET_ACCESS_KEY": "s"}
ECS = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/creds"}
IMDS = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "@URL@/"}
WEB = "web_identity_token_file = @HOME@/token\n" + ROLE.format("W")

CASES = [
    case("nothing at all"),
    case("keys of the environment", env=ENV),
    case("an id without a secret", env={"AWS_ACCESS_KEY_ID": "AKTESTENV"}),
    case("the environment beats AWS_PROFILE", credentials="[w]\n" + KEYS.format("W"),
         env=dict(ENV, AWS_PROFILE="w")),
    case("--profile beats the environment", credentials="[w]\n" + KEYS.format("W"), profile="w",
         env=ENV),
    case("AWS_PROFILE", credentials="[w]\n" + KEYS.format("W"), env={"AWS_PROFILE": "w"}),
    case("a profile of nowhere", credentials="[w]\n" + KEYS.format("W"), profile="x"),
    case("the implicit default may be missing", credentials="[w]\n" + KEYS.format("W")),
    case("keys of the config file", "[profile w]\n" + KEYS.format("C"), profile="w"),
    case("credentials file before config file", "[default]\n" + KEYS.format("C"),
         "[default]\n" + KEYS.format("D")),
    case("a bare section of the config file", "[w]\n" + KEYS.format("C"), profile="w"),
    case("profile default replaces default", "[default]\n" + KEYS.format("A") +
         "[profile default]\n" + KEYS.format("B")),
    case("two words", "[profile \"two words\"]\n" + KEYS.format("T"), profile="two words"),
    case("a colon", "[default]\naws_access_key_id : AKTEST:C\naws_secret_access_key: s\n"),
    case("upper-case keys", "[default]\nAWS_ACCESS_KEY_ID = AKTESTU\nAws_Secret_Access_Key = s\n"),
    case("DEFAULT is inherited", "[DEFAULT]\n" + KEYS.format("I") + "[profile w]\nregion = a\n",
         profile="w"),
    case("half of a pair", credentials="[default]\naws_access_key_id = AKTESTH\n"),
    case("a section twice", "[default]\n[default]\n" + KEYS.format("A")),
    case("a key twice", credentials="[default]\n" + KEYS.format("A") + KEYS.format("B")),
    case("a broken line", "[default]\n" + KEYS.format("A") + "nonsense\n"),
    case("a broken config file, and the environment", "nonsense\n", env=ENV),
    case("a role", "[default]\n" + ROLE.format("R") + "source_profile = b\nexternal_id = e/1\n"
         "duration_seconds = 1200\nrole_session_name = me\nregion = eu-west-3\n"
         "[profile b]\nregion = sa-east-1\n" + KEYS.format("B")),
    case("a role in the credentials file", credentials="[w]\n" + ROLE.format("R") +
         "source_profile = b\n[b]\n" + KEYS.format("B"), profile="w",
         env={"AWS_DEFAULT_REGION": "eu-west-1"}),
    case("a duration that is none", "[default]\nregion = eu-west-1\n" + ROLE.format("R") +
         "source_profile = b\nduration_seconds = long\n[profile b]\n" + KEYS.format("B")),
    case("roles in a chain", "[profile a]\nregion = eu-west-1\n" + ROLE.format("A") +
         "source_profile = b\n[profile b]\n" + ROLE.format("B") + "source_profile = c\n"
         "[profile c]\n" + KEYS.format("C"), profile="a"),
    case("a source with keys and a role", "[profile a]\nregion = eu-west-1\n" + ROLE.format("A") +
         "source_profile = b\n[profile b]\n" + ROLE.format("B") + "source_profile = c\n" +
         KEYS.format("B") + "[profile c]\n" + KEYS.format("C"), profile="a"),
    case("a role that names itself", "[default]\nregion = eu-west-1\n" + ROLE.format("R") +
         "source_profile = default\n" + KEYS.format("S")),
    case("a role that names itself without keys", "[default]\n" + ROLE.format("R") +
         "source_profile = default\n"),
    case("a circle", "[profile a]\n" + ROLE.format("A") + "source_profile = b\n[profile b]\n" +
         ROLE.format("B") + "source_profile = a\n", profile="a"),
    case("a role without a source", "[default]\n" + ROLE.format("R")),
    case("a role with two sources", "[default]\n" + ROLE.format("R") + "source_profile = b\n"
         "credential_source = Environment\n[profile b]\n" + KEYS.format("B"), env=ENV,
         profile="default"),
    case("a source that is not there", "[default]\n" + ROLE.format("R") + "source_profile = b\n"),
    case("a source without credentials", "[default]\n" + ROLE.format("R") +
         "source_profile = b\n[profile b]\nregion = eu-west-1\n"),
    case("a role by the environment", "[profile a]\nregion = eu-west-1\n" + ROLE.format("R") +
         "credential_source = Environment\n", profile="a", env=ENV),
    case("a role by a container", "[profile a]\nregion = eu-west-1\n" + ROLE.format("R") +
         "credential_source = EcsContainer\n", profile="a", env=ECS),
    case("a role by an instance", "[profile a]\nregion = eu-west-1\n" + ROLE.format("R") +
         "credential_source = Ec2InstanceMetadata\n", profile="a", env=IMDS),
    case("a source in the wrong letter case", "[profile a]\nregion = eu-west-1\n" +
         ROLE.format("R") + "credential_source = environment\n", profile="a", env=ENV),
    case("web identity", "[default]\nregion = eu-west-1\nrole_session_name = pod\n" + WEB +
         KEYS.format("C"), files={"token": "web-token"}),
    case("web identity of the environment", "[default]\nregion = eu-west-1\n",
         env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token", "AWS_ROLE_SESSION_NAME": "pod",
              "AWS_ROLE_ARN": "arn:aws:iam::1:role/E"}, files={"token": "web-token"}),
    case("web identity without a role", env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token"},
         files={"token": "web-token"}),
    case("web identity as a source", "[default]\nregion = eu-west-1\n" + ROLE.format("R") +
         "source_profile = w\n[profile w]\n" + WEB, files={"token": "web-token"}),
    case("web identity and --profile", "[profile w]\n" + KEYS.format("W"), profile="w",
         env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/E"},
         files={"token": "web-token"}),
    case("SSO", "[default]\n" + SSO, files={SSO_CACHE: TOKEN}),
    case("SSO before keys", "[default]\n" + SSO, "[default]\n" + KEYS.format("D"),
         files={SSO_CACHE: TOKEN}),
    case("SSO by a session", "[default]\nsso_session = corp\nsso_account_id = 1\n"
         "sso_role_name = R\n[sso-session corp]\nsso_region = us-east-1\n"
         "sso_start_url = http://start\n", files={SESSION_CACHE: TOKEN}),
    case("SSO without a login", "[default]\n" + SSO),
    case("a session of SSO past its time", "[default]\nsso_session = corp\nsso_account_id = 1\n"
         "sso_role_name = R\n[sso-session corp]\nsso_region = us-east-1\n"
         "sso_start_url = http://start\n", files={SESSION_CACHE: json.dumps(
             {"accessToken": "tok", "expiresAt": "2020-01-01T00:00:00Z"})}),
    case("SSO with half its settings", "[default]\nsso_role_name = R\nsso_account_id = 1\n" +
         KEYS.format("C")),
    case("SSO settings that disagree", "[default]\nsso_session = corp\nsso_account_id = 1\n"
         "sso_role_name = R\nsso_region = eu-west-1\n[sso-session corp]\n"
         "sso_region = us-east-1\nsso_start_url = http://start\n", files={SESSION_CACHE: TOKEN}),
    case("SSO as a source", "[default]\nregion = eu-west-1\n" + ROLE.format("R") +
         "source_profile = s\n[profile s]\n" + SSO, files={SSO_CACHE: TOKEN}),
    case("a process", "[default]\n" + PROCESS),
    case("a process before keys of its file", "[default]\n" + PROCESS + KEYS.format("C")),
    case("a process after the credentials file", "[default]\n" + PROCESS,
         "[default]\n" + KEYS.format("D")),
    case("a process that fails", "[default]\ncredential_process = /bin/false\n", env=ECS),
    case("a process that prints nonsense", "[default]\ncredential_process = /bin/echo x\n"),
    case("a process as a source", "[default]\nregion = eu-west-1\n" + ROLE.format("R") +
         "source_profile = p\n[profile p]\n" + PROCESS),
    case("a container", env=ECS),
    case("a container's token", env=dict(ECS, AWS_CONTAINER_AUTHORIZATION_TOKEN="tok")),
    case("a container before the instance", env=dict(ECS, **IMDS)),
    case("a container of nowhere", env=dict(
        IMDS, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://container.invalid/creds")),
    case("an instance", env=IMDS),
    case("an instance, switched off", env=dict(IMDS, AWS_EC2_METADATA_DISABLED="TRUE")),
    case("keys before the instance", credentials="[default]\n" + KEYS.format("D"), env=IMDS),
]


def theirs(profile, url):
    """botocore's answer.  Where the home is it asked when it was read: that was another one."""
    for reader in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        assert reader._SSO_TOKEN_CACHE_DIR
        reader._SSO_TOKEN_CACHE_DIR = os.path.expanduser("~/.aws/sso/cache")
    plain = botocore.session.Session.create_client

    def create_client(self, service, *args, **kwargs):  # older ones know no AWS_ENDPOINT_URL
        return plain(self, service, *args, **dict(kwargs, endpoint_url=url))

    botocore.session.Session.create_client = create_client
    try:
        found = botocore.session.Session(profile=profile).get_credentials()
        if found is None:
            return "none"
        return found.get_frozen_credentials().access_key
    except Exception as e:  # whatever kind: a person would see an error
        return "error: %s" % e


def theirs_apart(profile, url, env):
    """The same in a process of its own with that environment: a fork, which has read botocore."""
    back, there = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(back)
            os.environ.clear()
            os.environ.update(env)
            with os.fdopen(there, "w") as f:
                json.dump(theirs(profile, url), f)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(there)
    with os.fdopen(back) as f:
        said = f.read()
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("botocore did not end well")
    return json.loads(said)


def ours(tool, profile, env):
    done = subprocess.run([tool] + ([profile] if profile else []), env=env, capture_output=True,
                          text=True, timeout=60)
    if done.returncode == 0:
        return done.stdout.split()[0]
    if "cannot find AWS credentials" in done.stderr:
        return "none"
    if done.returncode not in (2, 5):
        return "exit status %d: %s" % (done.returncode, done.stderr)
    return "error: " + done.stderr.strip()


def same(a, b):
    return a == b or (a.startswith("error") and b.startswith("error"))


def run(tool, c, url):
    with tempfile.TemporaryDirectory() as home:
        def fill(text):
            return text.replace("@HOME@", home).replace("@URL@", url)

        files = dict(c["files"], **{".aws/config": c["config"],
                                    ".aws/credentials": c["credentials"]})
        for name, text in files.items():
            path = os.path.join(home, name)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(path, "w") as f:
                f.write(fill(text))
        env = {"HOME": home, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "AWS_ENDPOINT_URL": url,
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
        env.update({k: fill(v) for k, v in c["env"].items()})
        a, b = ours(tool, c["profile"], env), theirs_apart(c["profile"], url, env)
    if same(a, b):
        return []
    return ["%s:\n  ours   %s\n  theirs %s" % (c["name"], a, b)]


def serve(there):
    """The server, in a process of its own: who forks has no threads."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    os.write(there, b"%d\n" % server.server_port)
    os.close(there)
    server.serve_forever()


def main():
    warnings.simplefilter("ignore")
    back, there = os.pipe()
    server = os.fork()
    if server == 0:
        try:
            os.close(back)
            serve(there)
        finally:
            os._exit(1)
    os.close(there)
    with os.fdopen(back) as f:
        url = "http://127.0.0.1:%d" % int(f.readline())
    tool = os.path.abspath(sys.argv[1])
    differ = []
    try:
        for c in CASES:
            differ += run(tool, c, url)
    finally:
        os.kill(server, signal.SIGTERM)
        os.waitpid(server, 0)
    for text in differ:
        print(text)
    print("%d cases, %d differ" % (len(CASES), len(differ)))
    return 1 if differ or len(CASES) < CASES_AT_LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
