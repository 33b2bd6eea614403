#!/bin/sh
# test_readme.sh ROOT PROGRAM_DIRECTORY
#
# The README is true. Its blocks marked "console" are run in the project's root, each command on a
# terminal of 100 columns with the program on the PATH, and must give the output shown; a line of
# "…" stands for any lines. Its blocks marked "sh" are single lines that a shell can read, since
# they are there to be pasted.
set -u
root=$1
programs=$2

for tool in script jq; do
	command -v "$tool" >/dev/null && continue
	echo "$tool not found: the README's examples are not run"
	exit 77
done
if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	echo "no terminal can be had here: the README's examples are not run"
	exit 77
fi
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$root" || exit 1
export LC_ALL=C.UTF-8 NO_COLOR=1 TERM=xterm PATH="$programs:$PATH"

# Example N is the command in N.command and the output expected in N.shown.
awk -v directory="$directory" '
	/^```/ { console = /^```console$/; shown = ""; next }
	!console { next }
	/^\$ / {
		shown = sprintf("%s/%02d", directory, ++examples)
		print substr($0, 3) >(shown ".command")
		printf "" >(shown ".shown")
		next
	}
	shown == "" { print "output without a command: " $0; exit 1 }
	{ print >(shown ".shown") }
' README.md || exit 1

escape=$(printf '\033') # jq 1.6 knows nothing of NO_COLOR

# Each run of lines between two "…" must be found in what was written, in order; the first run at
# its beginning, the last one at its end.
agrees()
{
	awk '
		NR == FNR { written[++count] = $0; next }
		{ sub(/^[ \t]*…$/, "…") }
		$0 == "…" { place(0); loose = 1; lines = 0; next }
		{ run[++lines] = $0 }
		function fits(at,   i) {
			for (i = 1; i <= lines; i++)
				if (written[at + i] != run[i])
					return 0
			return 1
		}
		function place(last,   at) {
			at = last && loose && count - lines >= done ? count - lines : done
			while (at + lines <= count && !fits(at) && loose)
				at++
			if (at + lines > count || !fits(at) || (last && at + lines != count)) {
				print "    not found: " run[1]
				wrong = 1
				exit 1
			}
			done = at + lines
		}
		END { if (!wrong) place(1) }
	' "$1" "$2"
}

failed=0
examples=0
for command in "$directory"/*.command; do
	[ -e "$command" ] || continue
	example=${command%.command}
	examples=$((examples + 1))
	script -qec "stty cols 100; $(cat "$command")" "$example.typescript" </dev/null >/dev/null 2>&1
	sed -e '1{/^Script started/d}' -e 's/\r$//' -e "s/$escape\[[0-9;]*m//g" "$example.typescript" |
		sed -e '/^Script done/,$d' | sed -e '${/^$/d}' >"$example.written"
	if ! agrees "$example.written" "$example.shown"; then
		failed=$((failed + 1))
		echo "not as the README shows: $(cat "$command")"
		diff "$example.shown" "$example.written" | sed 's/^/    /' | head -n 60
	fi
done

# The lines to paste.
awk '/^```/ { sh = /^```sh$/; next } sh' README.md >"$directory/lines"
while read -r line; do
	sh -n -c "$line" || failed=$((failed + 1))
done <"$directory/lines"

echo "$examples examples, $(wc -l <"$directory/lines") lines to paste, $failed failed"
[ "$failed" -eq 0 ] && [ "$examples" -ge 3 ] && [ "$(wc -l <"$directory/lines")" -ge 2 ]
