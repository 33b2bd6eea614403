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
says 'tcpbye: no capture to read (write tcpbye FILE, or tcpbye -r - for standard input)'
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
mkdir directory.pcap
gives 1 directory.pcap
says_pattern '^tcpbye: directory.pcap: .'
: >empty.pcap
gives 1 empty.pcap
says_pattern '^tcpbye: empty.pcap: .'
echo 'this is no capture, but a text' >text.pcap
gives 1 text.pcap
says_pattern '^tcpbye: text.pcap: .'
if gzip -c one.pcap >one.pcap.gz 2>/dev/null; then
	gives 1 one.pcap.gz
	says_pattern '^tcpbye: one.pcap.gz: .*gzip'
fi
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
