# Captures: named, repeated, from standard input, and every way in which one can be bad.

gives 0 one.pcap
says_nothing
flows 1
summaries 1

gives 0 three.pcap later.pcap
flows 5
gives 0 -r three.pcap -r later.pcap
flows 5
gives 0 --strict-order three.pcap later.pcap
flows 5

# Merged by time, the order of the names does not matter to the order of the records; read as
# given it does.
gives 0 three.pcap later.pcap
ports_of_flows()
{
	grep '"event_type":"flow"' out | sed 's/.*"src_port":\([0-9]*\).*/\1/' | tr '\n' ' '
}
first=$(ports_of_flows)
gives 0 later.pcap three.pcap
is_true 'merged by time' [ "$first" = "$(ports_of_flows)" ]
is_true 'in the order of the first packet' [ "$first" = '40000 40001 40002 40010 40011 ' ]
gives 0 -c 1 later.pcap three.pcap
writes '"src_port":40000'
gives 0 --strict-order -c 1 later.pcap three.pcap
writes '"src_port":40010'

gives 0 -r - <three.pcap
flows 3
gives 0 - <three.pcap
flows 3
gives 0 --read=three.pcap
flows 3

gives 2
says 'tcpbye: no capture to read (write tcpbye FILE, tcpbye -r - for standard input, or tcpbye -i IF)'
writes_nothing
gives 2 - - </dev/null
says 'tcpbye: standard input can be read only once (name - once)'

# An unreadable capture does not stop the others, but is told.
gives 1 missing.pcap
says_pattern '^tcpbye: missing.pcap: .'
gives 1 missing.pcap three.pcap
says_pattern '^tcpbye: missing.pcap: .'
flows 3
summaries 1
writes '"exit_status":1'
: >empty.pcap
gives 1 empty.pcap
says_pattern '^tcpbye: empty.pcap: .'
echo 'this is no capture, but a text' >text.pcap
gives 1 text.pcap
says_pattern '^tcpbye: text.pcap: .'
if [ "$(id -u)" -ne 0 ]; then
	cp one.pcap locked.pcap
	chmod 000 locked.pcap
	gives 1 locked.pcap
	says_pattern '^tcpbye: locked.pcap: .*ermission'
fi

# A damaged one is reported as far as it can be read.
gives 3 cut.pcap
says_pattern '^tcpbye: cut.pcap: .'
flows 3
summaries 1
writes '"exit_status":3'
gives 3 cut.pcap one.pcap
flows 3
gives 1 cut.pcap missing.pcap
says_pattern '^tcpbye: cut.pcap: .'
says_pattern '^tcpbye: missing.pcap: .'
gives 3 -r - <cut.pcap
says_pattern '^tcpbye: '

# The name of a file cannot play with the terminal.
name=$(printf 'evil\033[31m\007.pcap')
gives 1 "$name"
is_true 'no escape reaches the terminal' [ -z "$(tr -d -c '\033\007' <err)" ]
gives 2 --format "$name" one.pcap
says_pattern '^tcpbye: --format evil\\x1b\[31m\\x07.pcap: '

# Frames that cannot be looked into are told: once, or by type with -v.
gives 0 usb.pcap
says 'tcpbye: warning: usb.pcap: 2 frames are of link types that tcpbye cannot look into (name them with -v)'
gives 0 -v usb.pcap
says_pattern '^tcpbye: usb.pcap: 2 frames of link type 189 (.*) could not be looked into$'
gives 0 -v one.pcap
says_pattern '^tcpbye: one.pcap: pcap, link type EN10MB, 7 frames in [0-9]* bytes$'

# A frame from thirty years ahead ends nothing, and is told.
{
	"$MAKE_CAPTURE" close 1
	"$MAKE_CAPTURE" udp 1 946080000 | tail -c +25
	"$MAKE_CAPTURE" close 1 1 | tail -c +25
} >leap.pcap
gives 0 --json leap.pcap
says 'tcpbye: warning: of 1 frames the times lie more than a day from those around them (they are taken as if they had come with the frame before)'
flows 2
writes '"span_s":1,'
writes '"wrong_times":1,'
writes_no '"ended_by":"timer"'
writes_no '"timestamp":"20[45]'

# Compressed captures are told by what is in them, and give what the plain ones give.
gives 0 three.pcap
without_names()
{
	sed -e 's/"pcap_filename":"[^"]*",//' -e 's/,"name":"[^"]*"//' -e 's/"name":"[^"]*",//' \
		-e '/"event_type":"summary"/d' out
}
plain=$(without_names)
# compressed NAME COMMAND...: the capture, as the command compresses it, reads like the plain one.
compressed()
{
	name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		echo "$1 not found: captures that it compresses are not read"
		return
	fi
	"$@" <three.pcap >"$name.pcap"
	gives 0 "$name.pcap"
	says_nothing
	flows 3
	is_true "$name: the records of the plain one" [ "$plain" = "$(without_names)" ]
	gives 0 -r - <"$name.pcap"
	flows 3
	gives 0 -v "$name.pcap"
	says_pattern "^tcpbye: $name.pcap: pcap in $name, link type EN10MB, 21 frames in [0-9]* bytes$"

	head -c -5 "$name.pcap" >cut-compressed.pcap
	gives 3 cut-compressed.pcap
	says_pattern "^tcpbye: cut-compressed.pcap: its $name compression breaks off at byte [0-9]*; "
	summaries 1

	# Two members, the second of a capture without its header of 24 bytes.
	tail -c +25 later.pcap | "$@" >rest.part
	cat "$name.pcap" rest.part >joined.pcap
	gives 0 joined.pcap
	flows 5

	echo 'this is no capture, but a text' | "$@" >text-compressed.pcap
	gives 1 text-compressed.pcap
	says_pattern "^tcpbye: text-compressed.pcap: is $name-compressed, and what is in it is neither pcap nor pcapng"
	"$@" <"$name.pcap" >twice.pcap
	gives 1 twice.pcap
	says_pattern "^tcpbye: twice.pcap: is $name-compressed, and what is in it is $name-compressed; "
}
compressed gzip gzip -c
compressed zstd zstd -q -c
compressed lz4 lz4 -q -c

# A pattern that no shell has expanded stands for the files of a rotated set, by name.
for part in 0 1 2; do
	"$MAKE_CAPTURE" close 1 $((20 + part)) >"set.pcap$part"
done
gives 0 'set.pcap*'
says_nothing
flows 3
gives 0 'set.pcap[12]' three.pcap
flows 5
gives 0 --strict-order -c 1 'set.pcap?'
writes '"src_port":40020'
gives 1 'no-such*.pcap'
says_pattern '^tcpbye: no-such\*.pcap: no such file'
cp one.pcap 'odd[1].pcap'
gives 0 'odd[1].pcap'
flows 1

# A directory stands for each capture in it, by name.
mkdir empty captures captures/more
gives 1 empty
says 'tcpbye: empty: is a directory, and no file in it is a capture; name one that holds captures'
summaries 1
cp three.pcap captures/b
gzip -c later.pcap >captures/a.gz
cp one.pcap captures/more
echo 'this is no capture, but a text' >captures/notes.txt
: >captures/empty
gives 0 captures
says_nothing
flows 5
gives 0 captures/
flows 5
is_true 'by name, with the directory before it' \
	[ "$(grep -o '"pcap_filename":"[^"]*"' out | sort -u | tr -d '\n')" = \
	'"pcap_filename":"captures/a.gz""pcap_filename":"captures/b"' ]
gives 0 -v captures
says_pattern '^tcpbye: captures/notes.txt: is neither pcap nor pcapng .* (passed over)$'
says_pattern '^tcpbye: captures/empty: is empty.* (passed over)$'
gives 0 --strict-order -c 1 captures
writes '"src_port":40010'
gives 0 captures usb.pcap
flows 5
gives 1 captures empty
flows 5
cp cut.pcap captures/cut
gives 3 captures
says_pattern '^tcpbye: captures/cut: cut in the middle of '
before=$(cksum <captures/b)
gives 2 -o captures/b captures
says 'tcpbye: captures/b: is both a capture to read and the output (write elsewhere with --output)'
is_true 'the capture is left as it was' [ "$before" = "$(cksum <captures/b)" ]
ln -s nowhere captures/dangling
mkfifo captures/pipe
gives 3 captures
if [ "$(id -u)" -ne 0 ]; then
	chmod 000 captures/b
	gives 1 captures
	says_pattern '^tcpbye: captures/b: .*ermission'
fi

# Payload is looked at unless that is forbidden, and never written.
"$MAKE_CAPTURE" http 1 >http.pcap || exit 1
gives 0 http.pcap
writes '"cause":"http_connection_close"'
is_true 'no payload leaves' [ "$(grep -c 'HTTP/1.0 200' out)" = 0 ]
gives 0 --no-payload http.pcap
is_true 'nothing is told of it' [ "$(grep -c http_connection_close out)" = 0 ]
