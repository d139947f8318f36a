#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a real terminal (tmux) of 80x24, 40x20 and 200x50, in UTF-8 and C locale, English and Japanese, the live display leaves each
# step once, no line is broken by the terminal, and the command to copy stands whole in a line.
. "$(dirname "$0")/lib.sh"
unset TMUX

# recorded COLUMNS ROWS LOCALE LANG: a run there, seen as tmux has it; $SEEN is the screen with what left it.
recorded() {
	local socket=$WORK/tmux.$1.$3.$4 utf8= # one each: a server that ends still answers for a while
	[ "$3" = C ] || utf8=-u
	rm -rf "$HOME_DIR"
	LC_ALL=C.UTF-8 tmux $utf8 -S "$socket" -f /dev/null new-session -d -x "$1" -y "$2" \
		"LC_ALL=$3 '$RB' run --sandbox --speed 2000 --to 2-3 --lang $4; echo ended \$?; tmux -S '$socket' wait-for -S over; exec cat" ||
		fail "tmux does not start"
	ends_with_us "$(tmux -S "$socket" display-message -p '#{pid}')"
	tmux -S "$socket" wait-for over
	SEEN=$(LC_ALL=C.UTF-8 tmux $utf8 -S "$socket" capture-pane -p -S -)
	whole=$(LC_ALL=C.UTF-8 tmux $utf8 -S "$socket" capture-pane -pJ -S -)
	tmux -S "$socket" kill-server
	has 'ended 0' "$SEEN"
	[ "$(wc -l <<<"$SEEN")" -eq "$(wc -l <<<"$whole")" ] || fail "$*: a line is broken: $SEEN"
	grep -qE '^ *runbook undo --sandbox --speed 2000 *$' <<<"$SEEN" || fail "$*: no command of its own: $SEEN"
	for step in 1-1 1-4 2-3; do
		[ "$(grep -c "^$step  " <<<"$SEEN")" -eq 1 ] || fail "$*: step $step is not there once: $SEEN"
	done
}

for size in '80 24' '40 20' '200 50'; do
	recorded $size C.UTF-8 en
	recorded $size C.UTF-8 ja
	recorded $size C en
done
