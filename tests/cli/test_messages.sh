# Usage errors: status 2, one line that says what is wrong and what to do, nothing on standard
# output.

refuses()
{
	line=$1
	shift
	gives 2 "$@"
	says "tcpbye: $line"
	writes_nothing
}

refuses 'unknown option --formt (did you mean --format?)' --formt text one.pcap
refuses 'unknown option --frobnicate (see tcpbye --help)' --frobnicate one.pcap
refuses 'unknown option -X (see tcpbye --help)' -X one.pcap
refuses 'option --re is ambiguous (did you mean --read or --relinquish-privileges?)' --re one.pcap
refuses '--json takes no argument (write --json)' --json=yes one.pcap
refuses '--count needs an argument (write --count N)' one.pcap -c
refuses '--format txt: there is no txt (did you mean text?)' -T txt one.pcap
refuses '--format xml: there is no xml (it takes text|ndjson|json|ladder|html)' -T xml one.pcap
refuses '--events flows: there is no flows (did you mean flow?)' --events flows one.pcap
refuses '--fail-on warn: there is no warn (did you mean warning?)' --fail-on warn one.pcap
refuses '--profile linx: there is no linx (did you mean linux?)' --profile linx one.pcap
refuses '--color alway: there is no alway (did you mean always?)' --color alway one.pcap
refuses '--count 0: too small (at least 1)' -c 0 one.pcap
refuses '--idle-timeout 3 h: not a duration (write 90s, 3ms or 2h)' --idle-timeout '3 h' one.pcap
refuses '--memcap lots: not a size (write 1048576, 256M or 2G)' --memcap lots one.pcap
refuses '--server-port http: not a list of ports (write 80,443; a port is 1 to 65535)' --server-port http one.pcap
refuses 'two filters: --filter and --filter-file (give one of them)' -f tcp -F file one.pcap
refuses 'two filters: --filter and the words after the options (give one of them; with -r, words are a filter, so each capture needs its own -r)' \
	-f tcp -r one.pcap udp
refuses '--flow 10.0.0.1: neither a flow_id nor two ends (write 1482031870951425, 10.0.0.1:40000-10.0.0.2:80 or [::1]:40000-[::1]:80)' \
	--flow 10.0.0.1 one.pcap
refuses '--first 0: too small (at least 1)' --first 0 one.pcap
refuses '--write and --output name the same file (give each its own)' -w x -o x one.pcap
refuses '--write and --format ladder need captures that can be read twice, not interfaces (capture to a file first)' \
	-w x -i lo
refuses '--write -: packets are not written to standard output, where the report goes (name a file)' \
	-w - one.pcap

# -qq silences what happens to captures, not a command line that could not be understood.
gives 2 -qq --formt one.pcap
says_pattern '^tcpbye: unknown option'
gives 1 -qq missing.pcap
says_nothing
gives 3 -qq cut.pcap
says_nothing
gives 1 -q missing.pcap
says_pattern '^tcpbye: missing.pcap'
gives 0 -q usb.pcap
says_nothing
