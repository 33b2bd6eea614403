#!/bin/sh
# completions.sh COMPLETIONS TCPBYE
#
# The shells can read what completes the command line, and it completes every option.
set -u
completions=$1
tcpbye=$2
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failed=0
checks=0
fail()
{
	failed=$((failed + 1))
	echo "FAILED: $*"
}

"$completions" bash >bash || fail 'no completion for bash'
"$completions" zsh >_tcpbye || fail 'no completion for zsh'
"$completions" csh 2>err && fail 'a shell that is not there'

"$tcpbye" --help | grep -o -e ' --[a-z-]*' | sort -u >options
[ "$(wc -l <options)" -gt 40 ] || fail 'too few options'
while read -r option; do
	checks=$((checks + 1))
	grep -q -e "$option" bash || fail "bash: $option"
	grep -q -e "$option" _tcpbye || fail "zsh: $option"
done <options

if command -v zsh >/dev/null; then
	zsh -n _tcpbye || fail 'zsh cannot read it'
else
	echo 'zsh not found: its completion is not read'
fi
if ! command -v bash >/dev/null; then
	echo 'bash not found: its completion is not tried'
	exit 77
fi
bash -n bash || fail 'bash cannot read it'

# completes EXPECTED WORD...: what bash offers for the last word.
completes()
{
	expected=$1
	shift
	checks=$((checks + 1))
	offered=$(bash -c '. ./bash
		COMP_WORDS=(tcpbye "$@") COMP_CWORD=$#
		_tcpbye 2>err
		echo "${COMPREPLY[*]}"' bash "$@")
	[ "$offered" = "$expected" ] || fail "$*: offered '$offered', not '$expected'"
}
touch 'a capture.pcap'
completes '--format' --form
completes 'text' -T t
completes 'text' --format = t
completes 'text ndjson json ladder html' --format =
completes 'flow,anomaly,summary' --events flow,anomaly,su
completes 'four_way four_way_incomplete' --only four_
completes 'refused,http_keepalive_race' --only refused,http
completes 'stale_pool_write' --explain stale_p
completes 'info' --min-severity i
completes 'a capture.pcap' a
completes 'a capture.pcap' -r a
completes 'a capture.pcap' -q -w a
completes '' --count 1
if [ -e /sys/class/net/lo ]; then
	completes 'lo' -i lo
fi

echo "$checks checks, $failed failed"
[ "$failed" -eq 0 ]
