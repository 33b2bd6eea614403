# The report for people: what is odd stands out, and the way to it is written there.

# Who has read no more than --help finds one keep-alive race among 10,000 good connections, its
# packets and the advice, in two commands.
"$MAKE_CAPTURE" close 10000 >good.pcap
race=$(dirname "$MAN_PAGE")/../testdata/captures/keepalive_race.pcap
cp "$race" race.pcap
gives 0 -h
writes '-T, --format'
gives 0 -T text good.pcap race.pcap
says_nothing
writes '^10,001 connections; 99 % closed in order; the client closed first in 99 %; 1$'
writes '^ *reset, explained by HTTP keep-alive race at 10.0.0.2:80$'
is_true 'the gravest comes first' \
	[ "$(sed -n '/^Findings/{n;p}' out)" = '  error: http_keepalive_race in 1 connection' ]
writes "^    do       Make the client's idle timeout shorter than the server's"
writes_no '^[0-9:.]* 10.0.0.1:'
command=$(sed -n 's/^    see      \(tcpbye .*\.pcap\).*/\1/p' out | head -n 1)
is_true 'it is a command' [ -n "$command" ]
# shellcheck disable=SC2086 # words of a command
gives 0 ${command#tcpbye }
writes '^ *#11 .* PSH,ACK seq=38 ack=181 len=37 '
writes '^ *#12 .* RST seq=181 '
writes 'error: http_keepalive_race'
is_true 'that connection alone' [ "$(grep -c '^[0-9.:]* > ' out)" -eq 1 ]

# One acknowledgement number tells a request that crossed the FIN from one that was written too late.
gives 0 --events flow race.pcap
writes '"http_keepalive_race",.*"pcap_cnt":\[10,11,12\],"expected":{"ack":2142561146},"observed":{"seq":[0-9]*,"ack":2142561145,"bytes":37,'
gives 0 --events flow "$(dirname "$race")/stale_write.pcap"
writes '"stale_pool_write",.*"pcap_cnt":\[10,12,13\],"expected":null,"observed":{"seq":[0-9]*,"ack":2365916848,"bytes":37,'
writes '"fin_seq":2365916847,'

"$MAKE_CAPTURE" close 200 >good.pcap
# Few connections are listed behind the page, many on request, chosen ones in any case.
gives 0 -T text three.pcap
is_true 'a line a connection, behind the page' [ "$(sed -n '/^Connections$/,$p' out | grep -c ' > ')" -eq 3 ]
writes_no '--events flow'
gives 0 -T text good.pcap
writes '^The 200 connections are listed one by one with --events flow'
writes_no ' > 10.0.0.2:80  *closed'
gives 0 -T text --events flow good.pcap
is_true 'a line each' [ "$(grep -c ' > ' out)" -eq 200 ]
gives 0 -T text --min-severity error good.pcap race.pcap
is_true 'the one that was chosen' [ "$(grep -c '^[0-9:.]* 10.0.0.1:' out)" -eq 1 ]
gives 0 -T text --events summary three.pcap
writes_no '^Connections$'

# A finding is of all connections, whatever is listed.
gives 0 -T text --only four_way good.pcap race.pcap --events summary
writes 'error: http_keepalive_race in 1 connection'
