/*
 * tcpbye: how TCP connections ended, told from captured packets.
 *
 * The map of the house. What is read goes from left to right; a room knows only the rooms to its
 * left, and the core. The core knows no room but itself.
 *
 *    source ──frame──▶ decode ──segment──▶ core ──report──▶ sink ──line──▶ output
 *
 * source/    where frames come from
 *   frame            one frame: time, link type, bytes
 *   source           the way in: source_file, over block_buffer (read(2) in large blocks)
 *   growth           files that are still being written
 *   decompress       what is compressed in a file, by a codec: codec_gzip, codec_lz4, codec_zstd
 *   capture_file     what the readers share: pcap_reader, pcapng_reader (with tick_clock)
 *   foreign          files that are no captures
 *   bytes            integers out of bytes
 *   live             frames as they pass: several times live_interface, merged by time
 *   devices          lists of interfaces and of their link types
 *   linktype         numbers and names of link types
 *   merge            several sources read as one, by time
 *   filter           BPF expressions
 *   packet_file      a pcap file that is written
 * decode/    bytes to a segment, or to the reason why there is none
 *   decode           the way in; plain: the straight way through; layers: link, ring, nflog, wifi,
 *                    ip, fragment, tunnel, tcp, payload, checksum; protocols
 *   reassembly       fragments that wait for the rest of their packet; reassembly_archive
 * core/      what a TCP connection is: no I/O, no clock, no globals
 *   seq              arithmetic modulo 2^32
 *   timeline         which times of frames are believed
 *   tuple            the key of a connection and its hash
 *   segment          the one thing about a packet that the core knows
 *   archive          values as bytes that any machine can read back: what one run leaves for the
 *                    next; segment_archive, report_archive, pool_archive, flow_archive,
 *                    flow_table_archive, analyzer_archive, timeline_archive
 *   words            the enumerations whose words leave the program
 *   profile          how long systems hold TIME-WAIT
 *   anomaly          the catalogue, anomalies.def
 *   report           what leaves the core
 *   analyzer         the door: take a segment, let time pass, finish; context: its inside
 *   flow_table       where connections are kept; flow_records, flow_index, flow_pack,
 *                    byte_store, pool, lines, prefetch, bits, octets: its parts
 *   deadlines        which one is due next
 *   lifecycle        one is opened, fed, evicted, reported
 *   lone_syn         what is kept of a connection of which only one SYN was seen
 *   first_syn        the short way for that SYN
 *   lone_report      and from it to what is told of it
 *   steady           the short way for the plain segment of an open connection; stretch: what
 *                    such segments note beside its record, and stretch_take how; inlined
 *   ordinary         the short way for connections about which there is nothing to say: of them
 *                    only a diary is kept, a diary_note for each segment; diary_seal makes it
 *                    smaller when it is over, and diary_unpack makes the record of it
 *   reuse            which incarnation of its tuple a segment belongs to
 *   flow, endpoint, path           one connection, its two sides, and each side's steps
 *   fsm              the state machine, transitions.def
 *   intake           what is noted of every segment before anybody judges it
 *   handshake, exchange, close, fin, reset, reset_cause, silence, giving_up, time_wait
 *                    what happens to a connection
 *   crossing         which came first, a FIN or the ACK of the other one
 *   orient           who is the client where the start was not captured
 *   reset_scene      what an accepted reset is judged by
 *   ports            when a client's port is taken, and when it is free
 *   premature, window, pending, paws, storm
 *                    what may be wrong on the way: before the handshake allows it, windows that
 *                    shrink, payload left behind, old time stamps, storms
 *   incarnation      what the next one on a tuple has to know of the last
 *   infer            FINs that the capture does not hold
 *   kin              one connection met in several VLANs or tunnels
 *   vantage          where the tap is between the two
 *   raise            taking note of an anomaly; doubt: whether the capture explains it
 *   verdict          from all that to the report; waves, envelope, heritage: its parts
 *   explain          why it ended so; idle_gap: whose timer a silence may have run into
 *                    (idle_gaps.def)
 * pipeline/  many analyzers as one
 *   pipeline         the door: segments in, reports out, on one thread or several
 *   partitions       the analyzers that one thread hosts, in the order of time; wait_heap: which
 *                    of them has something due next; leaving: what is open at the end
 *   ends             what connections of one partition show about those of another
 *   hash_memo        hashes of the tuples that were met lately
 *   express          from a plain frame to the stretch of its connection, past all that lies
 *                    between
 *   order            where in a run something was told
 *   crew             the threads, and what passes between them
 *   journal          reports on their way from one thread to another
 * sink/      what is done with reports
 *   sink             one output format
 *   sink_json        the records, record_fields.def; json_records, json_fields, json_table,
 *                    json_values, json_words, json_writer, schema
 *   sink_text        the text for people; text_line, text_verdict, text_summary, text_headline,
 *                    text_findings, text_closes, text_input, text_phrase, text_table, text_out,
 *                    text_labels, text_command, text_services, text_timeline
 *   twins            connections seen on both sides of a NAT
 *   sink_ladder      sequence diagrams; ladder_rows, ladder_figure, ladder_label, ladder_paint,
 *                    ladder_notes, ladder_store, ladder_drawing, ladder_steps, ladder_remarks,
 *                    ladder_pen, ladder_widths, ladder_json
 *   sink_html        the page for a browser; html_rows, html_ladders, html_report, html_charts
 *                    with rates and reuse_times, html_data, html_page
 *   tally            what the summary counts; findings, occupancy with service_use and
 *                    port_rates, services, hosts, alarms, series, histogram, keymap, end_word
 *   community_id, utf8             other people's conventions
 * catalogue/ the anomalies explained, for people and programs
 *   catalogue        the way in: list, list_json, explain
 *   page             what is said of each beyond its row: pages_opening.def, pages_closing,
 *                    pages_reset, pages_time_wait, pages_data, pages_capture
 * options/   the command line
 *   option_table     one row an option, options.def; help, manual page and parser are made from it
 *   options          the command line as a value
 *   take             what each option does with its argument; take_names: names of the core
 *   values           counts, sizes, durations
 *   flow_choice      the one connection that is wanted
 *   suggest          the nearest right word to a misspelt one
 *   help             the page of --help
 * share/     what other programs look for of this one
 *   completions      makes the completions for bash and zsh, from the table of options
 *   pack_page        makes the page of the HTML report out of the files in html/
 * process/   what a program has to do with the system around it
 *   status           the exit statuses
 *   stop             SIGINT and SIGTERM
 *   requests         SIGHUP and SIGUSR1
 *   progress         how far the reading is
 *   heap_pages       large pages for a large heap
 *   talk             what is said on standard error
 * output/    where records go
 *   output           the stream that records are written to, and the thread behind it
 *   line_queue       whole lines on their way to that thread
 *   outlet           the file or pipe at the end
 * privilege/ what may no longer be done once everything is open: landlock, deny
 * monitor/   how a live run stands, for those who watch it
 *   metrics          the counters for Prometheus; metrics_server: over HTTP
 *   notify           what a service manager is told
 * run/       what makes one program of them
 *   run              from the first frame to the last record: run_state, run_prepare,
 *                    run_analysis, run_conclude, and run_live for what is captured live
 *   express_frames   the frames that go the express way
 *   captures         which ones a run reads: those named, and those in directories
 *   inputs           the captures of a run, and what became of each
 *   wires            the interfaces of a live run, and what happens to them
 *   heartbeat        what is due by the clock while a live run goes on
 *   checkpoint       what a run leaves for the next one; state_file: where it lies
 *   selection        which frames are looked at; hint: why none was
 *   choice           which connections are reported
 *   picks            which frames belong to the connections that are wanted once more
 *   rereading        the second reading: ladders, packets to a file
 *   present          which sink the options ask for
 * main       chooses what to do; the program exits nowhere else
 */
#define _POSIX_C_SOURCE 200809L

#include "catalogue/catalogue.h"
#include "options/help.h"
#include "options/options.h"
#include "process/status.h"
#include "process/talk.h"
#include "run/run.h"
#include "sink/schema.h"
#include "source/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Where standard input, output or error was closed by the caller, the next file opened would take
 * its place. What is put there instead fails on use: it is open the wrong way round.
 */
static void occupy_standard_descriptors(void)
{
	static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", wrong_way[fd]) != fd)
			return;
}

static bool write_help(FILE *output)
{
	help_write(output);
	return !ferror(output);
}

static bool write_version(FILE *output)
{
	return fputs("tcpbye " TCPBYE_VERSION "\n", output) != EOF;
}

static bool write_schema(FILE *output)
{
	json_t *schema = schema_build();
	bool written;

	if (schema == NULL) {
		errno = ENOMEM;
		return false;
	}
	written = json_dumpf(schema, output, JSON_INDENT(2)) == 0 && putc('\n', output) != EOF;
	json_decref(schema);
	return written;
}

/* The exit status of a page that was written to standard output. */
static int conclude(bool written, const struct talk *talk)
{
	if (written && fflush(stdout) == 0)
		return STATUS_DONE;
	if (errno == EPIPE)
		return STATUS_NO_READER;
	talk_error(talk, "standard output: cannot be written: %s", strerror(errno));
	return STATUS_FAILED;
}

static bool write_list(const struct options *options, FILE *output)
{
	bool json = options->format == FORMAT_JSON || options->format == FORMAT_NDJSON;

	return json ? catalogue_list_json(output) : catalogue_list(output);
}

static bool write_explanation(const struct options *options, FILE *output)
{
	unsigned columns = options->width_columns == 0 ? CATALOGUE_COLUMNS : options->width_columns;

	return catalogue_explain(options->explain, columns, output);
}

static int list_interfaces(const struct talk *talk)
{
	struct source_error error;

	if (devices_write(stdout, &error))
		return conclude(true, talk);
	talk_error(talk, "%s", error.text);
	return STATUS_FAILED;
}

static int list_linktypes(const char *interface, const struct talk *talk)
{
	struct source_error error;

	if (devices_write_linktypes(interface, stdout, &error))
		return conclude(true, talk);
	talk_error(talk, "%s", error.text);
	return STATUS_FAILED;
}

static int act(const struct options *options, const struct talk *talk)
{
	switch (options->action) {
	case OPTIONS_HELP:
		return conclude(write_help(stdout), talk);
	case OPTIONS_VERSION:
		return conclude(write_version(stdout), talk);
	case OPTIONS_SCHEMA:
		return conclude(write_schema(stdout), talk);
	case OPTIONS_LIST_ANOMALIES:
		return conclude(write_list(options, stdout), talk);
	case OPTIONS_EXPLAIN:
		return conclude(write_explanation(options, stdout), talk);
	case OPTIONS_INTERFACES:
		return list_interfaces(talk);
	case OPTIONS_LINKTYPES:
		return list_linktypes(options->source[0], talk);
	case OPTIONS_RUN:
		break;
	}
	return run_captures(options);
}

int main(int argc, char **argv)
{
	struct options options;
	struct options_error error;
	struct progress no_progress = {0};
	struct talk talk = {.progress = &no_progress};
	int status = STATUS_USAGE;

	occupy_standard_descriptors();
	setlocale(LC_CTYPE, "");
	if (options_parse(&options, argc, argv, &error)) {
		talk.quiet = options.quiet;
		status = act(&options, &talk);
	} else {
		talk_error(&talk, "%s", error.text);
	}
	options_release(&options);
	return status;
}
