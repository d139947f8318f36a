#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox's sftp-server takes packets that are cut, too long, of no known kind or with handles that
# nobody was given for what they are: a status, or the end of the conversation, and never more.
. "$(dirname "$0")/lib.sh"
ln -s "$SBX" "$WORK/sftp-server"
mkdir "$WORK/there"
echo text >"$WORK/there/file"
cd "$WORK/there" || exit 2
py - "$WORK/sftp-server" <<-'EOF' || fail "see above"
	import random, struct, subprocess, sys

	def text(s):
	    return struct.pack(">I", len(s)) + s

	def packet(kind, body):
	    return struct.pack(">IB", 1 + len(body), kind) + body

	def talk(data):
	    p = subprocess.run([sys.argv[1]], input=data, capture_output=True, timeout=60)
	    assert b"Sanitizer" not in p.stderr, p.stderr
	    assert p.returncode in (0, 1), (p.returncode, data[:80])
	    replies, out = [], p.stdout
	    while out:
	        n = struct.unpack(">I", out[:4])[0]
	        assert len(out) >= 4 + n, "a reply is cut"
	        replies.append(out[4:4 + n])
	        out = out[4 + n:]
	    return p.returncode, replies

	def status(reply):
	    assert reply[0] == 101, reply
	    return struct.unpack(">I", reply[5:9])[0]

	init = packet(1, struct.pack(">I", 3))
	number = struct.pack(">I", 7)
	rc, replies = talk(init)
	assert rc == 0 and replies[0][:5] == b"\x02\x00\x00\x00\x03", replies
	cases = [  # kind, body, status
	    (3, text(b"file") + struct.pack(">I", 1), 5),            # no attributes
	    (3, struct.pack(">I", 0xffffffff) + b"file", 5),         # a length beyond the packet
	    (3, text(b"fi\0le") + struct.pack(">II", 1, 0), 5),      # a NUL
	    (3, text(b"nowhere") + struct.pack(">II", 1, 0), 2),
	    (4, text(b"\x05"), 4), (4, text(b""), 4), (4, text(b"\xff"), 4), (4, b"", 4),
	    (5, text(b"\x00") + struct.pack(">QI", 0, 10), 4), (6, b"", 5), (8, text(b"x"), 4),
	    (10, text(b"\x00") + struct.pack(">I", 0), 4), (12, text(b"\x00"), 4),
	    (13, text(b"nowhere"), 2), (17, b"", 5), (17, text(b"nowhere"), 2),
	    (18, text(b"file"), 5), (18, text(b"file") + text(b"file"), 4),
	    (200, text(b"unknown@example"), 8), (200, text(b"posix-rename@openssh.com"), 5),
	    (99, b"", 8), (0, b"", 8), (255, b"x" * 100, 8),
	]
	for kind, body, want in cases:
	    rc, replies = talk(init + packet(kind, number + body) + packet(17, number + text(b"file")))
	    assert rc == 0 and len(replies) == 3, (kind, body, rc, replies)
	    assert status(replies[1]) == want, (kind, body, replies[1])
	    assert replies[1][1:5] == number and replies[2][0] == 105, (kind, replies)
	# More files than there are handles: refused, and the others are still good.
	opens = b"".join(packet(3, number + text(b"file") + struct.pack(">II", 1, 0)) for _ in range(70))
	rc, replies = talk(init + opens + packet(5, number + text(b"\x3f") + struct.pack(">QI", 0, 100)))
	assert [r[0] for r in replies[1:]] == [102] * 64 + [101] * 6 + [103], replies
	assert replies[-1][9:] == b"text\n", replies[-1]
	# Too long, empty and cut packets end it.
	for tail in (struct.pack(">IB", 1 << 20, 3), struct.pack(">I", 0), b"\0\0\0\x10\x03abc"):
	    rc, replies = talk(init + tail)
	    assert rc == 1 and len(replies) == 1, (tail, rc)
	rng = random.Random(1)
	for _ in range(40):
	    noise = b"".join(packet(rng.choice((3, 4, 5, 6, 8, 10, 12, 16, 200)), rng.randbytes(rng.randrange(40)))
	                     for _ in range(10))
	    talk(init + noise)
	print("ok")
EOF
[ "$(cat file)" = text ] || fail "noise changed a file"
