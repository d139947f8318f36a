#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Through a company's proxy that is itself asked over TLS: the company's authorities vouch for it, calls and
# the tunnel go through it; and what a proxy refuses is told as the proxy's, of the tunnel too.
. "$(dirname "$0")/lib.sh"
start_sandbox --speed 600
PROXY=$(curl -sf --noproxy '*' "$SANDBOX/_sandbox/info" | jq -r .proxy_port)
cd "$WORK" || exit 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 9 \
	-subj /CN=corp -addext basicConstraints=critical,CA:TRUE 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout p.key -out p.csr -subj /CN=localhost 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >ext
openssl x509 -req -in p.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile ext -out p.pem 2>/dev/null
cat ca.pem "$AWS_CA_BUNDLE" >bundle.pem
cd - >/dev/null || exit 2

# proxy.py ANSWER|CA: what is sent back at once, or the sandbox's proxy behind TLS.
cat >"$WORK/proxy.py" <<'P'
import socket, ssl, sys, threading
tls = None
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("p.pem", "p.key")
s = socket.create_server(("127.0.0.1", 0), backlog=50)
print(s.getsockname()[1], flush=True)
def pump(a, b):
    try:
        while d := a.recv(65536):
            b.sendall(d)
    except OSError:
        pass
    for x in (a, b):
        try:
            x.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
def one(c):
    try:
        if not tls:
            c.recv(65536)
            c.sendall(sys.argv[1].encode().decode("unicode_escape").encode())
            return c.close()
        c = tls.wrap_socket(c, server_side=True)
        u = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    except OSError:
        return
    threading.Thread(target=pump, args=(c, u), daemon=True).start()
    pump(u, c)
while True:
    threading.Thread(target=one, args=(s.accept()[0],), daemon=True).start()
P
proxy() { # NAME ARGUMENT...: $PORT
	(cd "$WORK" && exec /usr/bin/python3 proxy.py "${@:2}" >"$WORK/$1.port") &
	ends_with_us $!
	wait_for 20 test -s "$WORK/$1.port"
	PORT=$(cat "$WORK/$1.port")
}
sandbox_url=$AWS_ENDPOINT_URL
sandbox_ca=$AWS_CA_BUNDLE
unset RUNBOOK_CONNECT_TO AWS_ENDPOINT_URL
export AWS_MAX_ATTEMPTS=2

proxy tls "$PROXY" tls
export HTTPS_PROXY=https://localhost:$PORT
AWS_CA_BUNDLE=$WORK/bundle.pem expect 0 "$RB" run --yes --speed 600 --to 1-4
AWS_CA_BUNDLE=$WORK/bundle.pem expect 0 "$RB" connect -- echo through the proxy
has "through the proxy" "$OUT"
# By the name of one authority alone it is said whose certificate was refused.
AWS_CA_BUNDLE=$sandbox_ca expect 1 "$RB" verify 1-1
has "the TLS certificate of the proxy 'https://localhost:$PORT' is refused" "$ERR"
AWS_CA_BUNDLE=$WORK/ca.pem expect 1 "$RB" verify 1-1
has "the TLS certificate of 'sts.ap-northeast-1.amazonaws.com' is refused" "$ERR"
has "AWS_CA_BUNDLE" "$ERR"

# The tunnel alone goes by the proxy here; what it is refused is told by who started it.
export AWS_ENDPOINT_URL=$sandbox_url AWS_CA_BUNDLE=$WORK/bundle.pem
through() { # WHAT USER: connect by http://USER127.0.0.1:PORT fails and says WHAT
	HTTPS_PROXY=http://$2127.0.0.1:$PORT "$RB" connect -- true >"$WORK/out" 2>"$WORK/err" &&
		fail "a connection through a proxy that refuses"
	has "$1" "$(cat "$WORK/err")"
	! grep -q s3cret "$WORK/err" || fail "the password is shown"
}
proxy basic 'HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
through "the proxy 'http://127.0.0.1:$PORT' wants a user name and password (HTTP 407), and HTTPS_PROXY gives none" ''
through "the proxy 'http://127.0.0.1:$PORT' refuses the user name and password of HTTPS_PROXY" 'alice:s3cretPW@'
proxy ntlm 'HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n'
through "wants a login by NTLM (HTTP 407), and only Basic is known here" 'alice:s3cretPW@'
proxy forbids 'HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n'
through "the proxy 'http://127.0.0.1:$PORT' refuses 'eice-" ''
HTTPS_PROXY='http://alice:p#s3cretPW@127.0.0.1:1' expect 2 "$RB" connect -- true
has "HTTPS_PROXY is no proxy to use" "$ERR"
