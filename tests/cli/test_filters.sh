# Filters: in an option, in a file, as words; wrong ones; and those that miss what stands behind a
# VLAN tag.

gives 0 -f 'tcp port 40000' three.pcap
flows 1
writes '"src_port":40000'
gives 0 -r three.pcap tcp port 40001 or tcp port 40002
flows 2
gives 0 -r three.pcap 'tcp port 40002'
writes '"src_port":40002'
printf '# the first one\ntcp port 40000 # and no other\n' >filter
gives 0 -F filter three.pcap
flows 1
gives 0 -r three.pcap -F filter
flows 1
gives 0 -f 'tcp port 40001' -c 3 three.pcap
flows 1
writes '"stopped_by":"count"'
gives 0 -f udp three.pcap
flows 0
says_nothing

gives 2 -f 'tcp prot 80' three.pcap
says_pattern '^tcpbye: .*tcp prot 80'
writes_nothing
gives 2 -r three.pcap one.pcap
says_pattern '(one.pcap is a file: with -r, words are a filter; give each capture its own -r)$'
gives 2 -F missing three.pcap
says 'tcpbye: --filter-file missing: No such file or directory'
gives 2 -F . three.pcap
says_pattern '^tcpbye: --filter-file \.: '
gives 2 -F three.pcap three.pcap
says_pattern '^tcpbye: --filter-file three.pcap: this is no filter'

# The filter is looked at before the output is emptied.
echo precious >kept
gives 2 -o kept -f 'tcp prot 80' three.pcap
is_true 'a wrong filter does not empty the output' grep -q precious kept

gives 0 -f 'tcp port 80' vlan.pcap
flows 0
says "tcpbye: warning: the filter let nothing pass, and frames carry VLAN tags, which hide packets from it (try '(vlan and (tcp port 80))')"
gives 0 -q -f 'tcp port 80' vlan.pcap
says_nothing
gives 0 -f '(vlan and (tcp port 80))' vlan.pcap
flows 1
says_nothing
gives 0 -f 'tcp port 80' vlan.pcap one.pcap
says_nothing

# What is suggested is what lets frames pass, behind each thing that hides them.
hides()
{
	kind=$1
	what=$2
	instead=$3
	"$MAKE_CAPTURE" "$kind" 1 >hidden.pcap
	gives 0 -f 'tcp port 80' hidden.pcap
	flows 0
	says "tcpbye: warning: the filter let nothing pass, and $what, which hide packets from it (try '$instead')"
	gives 0 -f "$instead" hidden.pcap
	flows 1
	says_nothing
}
hides vlan 'frames carry VLAN tags' '(vlan and (tcp port 80))'
hides qinq 'frames carry two VLAN tags' '(vlan and vlan and (tcp port 80))'
hides mpls 'frames carry MPLS labels' '(mpls and (tcp port 80))'
hides pppoe 'frames are of PPPoE sessions' '(pppoes and (tcp port 80))'
hides geneve 'packets are inside of Geneve tunnels' '(geneve and (tcp port 80))'
"$MAKE_CAPTURE" gre 1 >hidden.pcap
gives 0 -f 'tcp port 80' hidden.pcap
says "tcpbye: warning: the filter let nothing pass, and packets are inside of tunnels (gre), into which no filter looks (leave it out, and choose among the records: jq 'select(.dest_port == 80)')"
gives 0 -f 'tcp port 80' one.pcap hidden.pcap
says_nothing
gives 0 -f 'tcp port 81' one.pcap
says_nothing
gives 0 -f 'tcp port 81' vlan.pcap
says_pattern "(try '(vlan and (tcp port 81))')"
