#include "monitor/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096 };

/* Upper bounds of the buckets; one more has none. */
static const int64_t bound_us[] = {1000,   5000,    10000,   25000,   50000,    100000,  250000,
				   500000, 1000000, 2500000, 5000000, 10000000, 60000000};

enum { BOUNDS = sizeof(bound_us) / sizeof(bound_us[0]) };

struct latency {
	uint64_t bucket[BOUNDS + 1];
	uint64_t sum_ns;
};

struct metrics {
	uint64_t closes[TEARDOWN_COUNT][WHO_COUNT + 1]; /* [][WHO_NULL]: nobody can tell */
	uint64_t resets[RESET_FORM_COUNT];
	uint64_t anomalies[ANOMALY_COUNT][SEVERITY_COUNT];
	struct latency network, application;
};

struct metrics *metrics_create(void)
{
	return calloc(1, sizeof(struct metrics));
}

void metrics_destroy(struct metrics *metrics)
{
	free(metrics);
}

static void add_latency(struct latency *latency, int64_t duration_ns)
{
	unsigned i = 0;

	while (i < BOUNDS && duration_ns > bound_us[i] * 1000)
		i++;
	latency->bucket[i]++;
	latency->sum_ns += (uint64_t)duration_ns;
}

/* What the network and the two TCPs take is told apart from what the application takes. */
static void add_latencies(struct metrics *metrics, const struct report_latency *latency)
{
	if (latency->has_peer_ack && latency->has_last_ack)
		add_latency(&metrics->network, latency->peer_ack_ns + latency->last_ack_ns);
	if (latency->has_application)
		add_latency(&metrics->application, latency->application_ns);
}

void metrics_flow(struct metrics *metrics, const struct flow_report *report)
{
	metrics->closes[report->teardown][report->closer]++;
	if (report->reset.present && report->reset.form < RESET_FORM_COUNT)
		metrics->resets[report->reset.form]++;
	for (unsigned i = 0; i < report->anomaly_count; i++)
		metrics->anomalies[report->anomaly[i].id][report->anomaly[i].severity]++;
	add_latencies(metrics, &report->latency);
}

/* One family of one sample. */
static void put(FILE *file, const char *name, const char *type, const char *help, uint64_t value)
{
	fprintf(file, "# HELP tcpbye_%s %s\n# TYPE tcpbye_%s %s\ntcpbye_%s %" PRIu64 "\n", name,
		help, name, type, name, value);
}

static void begin_family(FILE *file, const char *name, const char *type, const char *help)
{
	fprintf(file, "# HELP tcpbye_%s %s\n# TYPE tcpbye_%s %s\n", name, help, name, type);
}

static void put_closes(FILE *file, const struct metrics *metrics)
{
	begin_family(file, "closes_total", "counter",
		     "Connections reported, by the kind of their end and who closed first.");
	for (unsigned type = 0; type < TEARDOWN_COUNT; type++)
		for (unsigned who = 0; who <= WHO_COUNT; who++)
			if (metrics->closes[type][who] > 0)
				fprintf(file,
					"tcpbye_closes_total{type=\"%s\",closer=\"%s\"} %" PRIu64
					"\n",
					teardown_word(type),
					who < WHO_COUNT ? who_word(who) : "unknown",
					metrics->closes[type][who]);
}

static void put_resets(FILE *file, const struct metrics *metrics)
{
	begin_family(file, "resets_total", "counter",
		     "Connections with a RST that counts, by its form.");
	for (unsigned form = 0; form < RESET_FORM_COUNT; form++)
		fprintf(file, "tcpbye_resets_total{form=\"%s\"} %" PRIu64 "\n",
			reset_form_word(form), metrics->resets[form]);
}

static void put_anomalies(FILE *file, const struct metrics *metrics)
{
	begin_family(file, "anomalies_total", "counter",
		     "Anomalies of connections reported, by id and severity.");
	for (unsigned id = 0; id < ANOMALY_COUNT; id++)
		for (unsigned severity = 0; severity < SEVERITY_COUNT; severity++)
			if (metrics->anomalies[id][severity] > 0)
				fprintf(file,
					"tcpbye_anomalies_total{id=\"%s\",severity=\"%s\"} %" PRIu64
					"\n",
					anomaly_row(id)->id, severity_word(severity),
					metrics->anomalies[id][severity]);
}

static void put_latency(FILE *file, const char *name, const char *help,
			const struct latency *latency)
{
	uint64_t below = 0;

	begin_family(file, name, "histogram", help);
	for (unsigned i = 0; i < BOUNDS; i++) {
		below += latency->bucket[i];
		fprintf(file, "tcpbye_%s_bucket{le=\"%" PRId64 ".%03" PRId64 "\"} %" PRIu64 "\n",
			name, bound_us[i] / 1000000, bound_us[i] / 1000 % 1000, below);
	}
	below += latency->bucket[BOUNDS];
	fprintf(file,
		"tcpbye_%s_bucket{le=\"+Inf\"} %" PRIu64 "\ntcpbye_%s_sum %" PRIu64 ".%09" PRIu64
		"\ntcpbye_%s_count %" PRIu64 "\n",
		name, below, name, latency->sum_ns / 1000000000, latency->sum_ns % 1000000000, name,
		below);
}

static void put_capture(FILE *file, const struct stats_report *stats)
{
	put(file, "packets_total", "counter", "Packets looked at.", stats->decoder.frames);
	put(file, "packet_bytes_total", "counter", "Their bytes on the wire.",
	    stats->decoder.bytes);
	put(file, "segments_total", "counter", "TCP segments among them.",
	    stats->decoder.by_verdict[DECODE_TCP]);
	put(file, "kernel_packets_total", "counter", "Packets that the filter let pass.",
	    stats->capture.kernel_packets);
	put(file, "kernel_drops_total", "counter", "Packets that the kernel had no room for.",
	    stats->capture.kernel_drops);
	put(file, "interface_drops_total", "counter", "Packets that the interface dropped.",
	    stats->capture.kernel_ifdrops);
}

static void put_flows(FILE *file, const struct analyzer_stats *analyzer)
{
	put(file, "flows_total", "counter", "Connections ever seen.", analyzer->flows_total);
	put(file, "flows_evicted_total", "counter",
	    "Connections given up to keep to the bound on memory.", analyzer->flows_evicted);
	put(file, "flows_active", "gauge", "Connections not reported yet.", analyzer->flows_active);
	put(file, "memory_bytes", "gauge", "Memory that they take.", analyzer->memory_bytes);
	put(file, "time_waits_active", "gauge", "TIME-WAITs held now.",
	    analyzer->time_waits_active);
	put(file, "time_waits_peak", "gauge", "TIME-WAITs held at once, at most.",
	    analyzer->time_waits_peak);
}

static void put_output(FILE *file, const struct metrics_state *state)
{
	const struct output_counters *output = &state->stats->output;

	put(file, "output_records_total", "counter", "Records made.", output->records);
	put(file, "output_bytes_total", "counter", "Bytes of records written.", output->bytes);
	put(file, "output_dropped_records_total", "counter",
	    "Records dropped since their reader did not keep up.", output->dropped);
	put(file, "output_errors_total", "counter",
	    "Times that the output could not be written or opened.", output->errors);
	put(file, "output_queue_bytes", "gauge", "Bytes of records that wait to be written.",
	    state->queue_bytes);
	put(file, "output_queue_room_bytes", "gauge", "Room for them.", state->queue_room_bytes);
}

bool metrics_write(const struct metrics *metrics, const struct metrics_state *state, FILE *file)
{
	begin_family(file, "build_info", "gauge", "The version, as a label.");
	fprintf(file, "tcpbye_build_info{version=\"%s\"} 1\n", state->version);
	put(file, "uptime_seconds", "gauge", "Since the start.", state->stats->uptime_s);
	put_capture(file, state->stats);
	put_flows(file, &state->stats->analyzer);
	put_closes(file, metrics);
	put_resets(file, metrics);
	put_anomalies(file, metrics);
	put_latency(file, "close_network_seconds",
		    "What the network and both TCPs take of a close: both acknowledgements.",
		    &metrics->network);
	put_latency(file, "close_application_seconds",
		    "What the application takes of a close: from the acknowledgement of the first "
		    "FIN to the second.",
		    &metrics->application);
	put_output(file, state);
	return fflush(file) == 0 && !ferror(file);
}

bool metrics_write_file(const char *path, bool (*write)(void *context, FILE *file), void *context)
{
	char fresh[PATH_MAX_BYTES];
	int length = snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *file;
	bool written;
	int error;

	if (length < 0 || (size_t)length >= sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return false;
	}
	file = fopen(fresh, "we");
	if (file == NULL)
		return false;
	written = write(context, file);
	written = fclose(file) == 0 && written;
	written = written && rename(fresh, path) == 0;
	error = errno;
	if (!written)
		remove(fresh);
	errno = error;
	return written;
}
