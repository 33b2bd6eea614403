#!/bin/sh
# run_theme.sh THEME TCPBYE MAKE_CAPTURE OPTIONS_MAN MAN_PAGE
#
# Runs one theme in an empty directory that holds a few captures, with the words below to say what
# must happen. The
# theme goes on after a failure; what failed is printed, and the exit status is 1.
set -u
theme=$1
TCPBYE=$2
MAKE_CAPTURE=$3
OPTIONS_MAN=$4
MAN_PAGE=$5

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset NO_COLOR
export LC_ALL=C TERM=xterm
failures=0
checks=0
ran=nothing

# Reports what is wrong with the last run.
fail()
{
	failures=$((failures + 1))
	echo "FAILED: $ran: $*"
	echo "  stdout: $(head -c 400 out)"
	echo "  stderr: $(head -c 400 err)"
}

# gives STATUS ARGUMENT...: the program, run with these arguments, exits with this status.
gives()
{
	expected=$1
	shift
	checks=$((checks + 1))
	ran="tcpbye $*"
	"$TCPBYE" "$@" >out 2>err
	status=$?
	[ "$status" -eq "$expected" ] || fail "exit status $status, not $expected"
}

# says TEXT: standard error is this line and nothing else; says_pattern takes a basic regular
# expression.
says()
{
	checks=$((checks + 1))
	[ "$(cat err)" = "$1" ] || fail "standard error is not: $1"
}
says_pattern()
{
	checks=$((checks + 1))
	grep -q -e "$1" err || fail "standard error lacks: $1"
}
says_nothing()
{
	checks=$((checks + 1))
	[ ! -s err ] || fail "standard error is not empty"
}

# writes PATTERN, writes_no PATTERN: standard output has, or has not, a line that matches.
writes()
{
	checks=$((checks + 1))
	grep -q -e "$1" out || fail "standard output lacks: $1"
}
writes_no()
{
	checks=$((checks + 1))
	! grep -q -e "$1" out || fail "standard output has: $1"
}
writes_nothing()
{
	checks=$((checks + 1))
	[ ! -s out ] || fail "standard output is not empty"
}

# flows NUMBER, summaries NUMBER: so many records of this type are on standard output.
flows()
{
	checks=$((checks + 1))
	[ "$(grep -c '"event_type":"flow"' out)" -eq "$1" ] || fail "not $1 flow records"
}
summaries()
{
	checks=$((checks + 1))
	[ "$(grep -c '"event_type":"summary"' out)" -eq "$1" ] || fail "not $1 summary records"
}

# is_true WHAT CONDITION...: the condition, a command, succeeds.
is_true()
{
	checks=$((checks + 1))
	ran=$1
	shift
	"$@" || fail "$*"
}

: >out
: >err
"$MAKE_CAPTURE" close 1 >one.pcap || exit 1
"$MAKE_CAPTURE" close 3 >three.pcap || exit 1
"$MAKE_CAPTURE" close 2 10 >later.pcap || exit 1
"$MAKE_CAPTURE" open 3 >open.pcap || exit 1
"$MAKE_CAPTURE" refused 1 >refused.pcap || exit 1
"$MAKE_CAPTURE" vlan 1 >vlan.pcap || exit 1
"$MAKE_CAPTURE" udp 2 >udp.pcap || exit 1
"$MAKE_CAPTURE" usb 2 >usb.pcap || exit 1
head -c -10 three.pcap >cut.pcap

. "$theme"

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
