#define _POSIX_C_SOURCE 200809L

#include "run/checkpoint.h"

#include "core/anomaly.h"
#include "core/archive.h"
#include "core/timeline_archive.h"
#include "decode/reassembly_archive.h"
#include "pipeline/pipeline.h"
#include "process/status.h"
#include "run/state_file.h"
#include "sink/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* FORMAT grows with every change of the bytes that the members' names and sizes do not show. */
enum { FORMAT = 1, VERSION_MAX_BYTES = 32, SOURCE_NAME_MAX_BYTES = 4096 };

struct checkpoint {
	const struct options *options;
	struct analyzer_config config;
	const char *filter; /* NULL: none */
	struct state_file *file;
	bool found;     /* there is something to take up */
	bool complains; /* it was told already that nothing can be saved */
	char version[VERSION_MAX_BYTES];
	uint64_t layout; /* of what this program keeps */
	struct source_names names;
	struct archive_sources sources;
	struct archive archive;
};

static const char *path_of(const struct checkpoint *checkpoint)
{
	return checkpoint->options->state;
}

static struct archive *open_archive(struct checkpoint *checkpoint, enum archive_way way)
{
	struct archive *archive = &checkpoint->archive;

	*archive = (struct archive){
		.way = way,
		.context = checkpoint->file,
		.put = state_file_write,
		.get = state_file_read,
		.sources = &checkpoint->sources,
	};
	archive_open(archive);
	return archive;
}

/* One setting; where the one that was read is not ours, its option is noted. */
static void setting(struct archive *archive, const char *option, uint64_t mine,
		    const char **differs)
{
	uint64_t theirs = archive_value(archive, option, mine, UINT64_MAX);

	if (theirs != mine && *differs == NULL)
		*differs = option;
}

static void duration(struct archive *archive, const char *option, int64_t mine_ns,
		     const char **differs)
{
	setting(archive, option, (uint64_t)mine_ns, differs);
}

static void durations_archive(struct archive *archive, const struct analyzer_config *config,
			      const char **differs)
{
	duration(archive, "--time-wait", config->time_wait_ns, differs);
	setting(archive, "--profile", config->profile, differs);
	duration(archive, "--idle-timeout", config->idle_timeout_ns, differs);
	duration(archive, "--syn-timeout", config->syn_timeout_ns, differs);
	duration(archive, "--reset-linger", config->reset_linger_ns, differs);
	duration(archive, "--reorder-window", config->reorder_window_ns, differs);
	duration(archive, "--duplicate-window", config->duplicate_window_ns, differs);
	duration(archive, "--half-close-limit", config->half_close_limit_ns, differs);
	duration(archive, "--close-wait-limit", config->close_wait_limit_ns, differs);
}

static void servers_archive(struct archive *archive, const struct analyzer_config *config,
			    const char **differs)
{
	setting(archive, "--server-port", config->server_port_count, differs);
	for (unsigned i = 0; i < config->server_port_count && *differs == NULL; i++)
		setting(archive, "--server-port", config->server_port[i], differs);
	setting(archive, "--server-net", config->server_net_count, differs);
	for (unsigned i = 0; i < config->server_net_count && *differs == NULL; i++) {
		const struct analyzer_net *net = &config->server_net[i];

		setting(archive, "--server-net", net->ip_version, differs);
		setting(archive, "--server-net", net->bits, differs);
		for (unsigned k = 0; k < sizeof net->addr; k++)
			setting(archive, "--server-net", net->addr[k], differs);
	}
}

static uint64_t print_of_text(const char *text)
{
	static const struct hash_key key = {{UINT64_C(0x73657474696e6773), 1}};

	return text == NULL ? 0 : siphash_1_3(text, strlen(text), &key);
}

static void settings_archive(struct archive *archive, const struct checkpoint *checkpoint,
			     const char **differs)
{
	const struct options *options = checkpoint->options;
	const struct analyzer_config *config = &checkpoint->config;

	setting(archive, "kind of run (captures, or -i and --follow)", config->idle, differs);
	durations_archive(archive, config, differs);
	setting(archive, "--max-flows", config->max_flows, differs);
	setting(archive, "--memcap", config->memcap_bytes, differs);
	setting(archive, "--flow-key", config->flow_key, differs);
	setting(archive, "--checksum", config->checksum, differs);
	servers_archive(archive, config, differs);
	setting(archive, "--no-payload", options->no_payload, differs);
	setting(archive, "--port-capacity", options->port_capacity, differs);
	setting(archive, "filter", print_of_text(checkpoint->filter), differs);
}

static void header_archive(struct checkpoint *checkpoint, const char **differs)
{
	struct archive *archive = &checkpoint->archive;

	if (archive->way == ARCHIVE_WRITES)
		strncpy(checkpoint->version, TCPBYE_VERSION, VERSION_MAX_BYTES - 1);
	ARCHIVE_BYTES(archive, checkpoint->version);
	checkpoint->version[VERSION_MAX_BYTES - 1] = '\0';
	setting(archive, "version", FORMAT, differs);
	if (*differs == NULL)
		settings_archive(archive, checkpoint, differs);
}

static void key_archive(struct archive *archive, struct hash_key *key)
{
	ARCHIVE(archive, key->word[0]);
	ARCHIVE(archive, key->word[1]);
}

static void tell_difference(const struct checkpoint *checkpoint, const char *differs,
			    const struct talk *talk)
{
	if (strcmp(differs, "version") == 0)
		talk_error(
			talk,
			"%s: was saved by tcpbye %s, whose state this one (%s) cannot take up (let "
			"that one go on with it, or name another --state)",
			path_of(checkpoint), checkpoint->version, TCPBYE_VERSION);
	else
		talk_error(talk,
			   "%s: was saved under another %s (give the same again, or name another "
			   "--state)",
			   path_of(checkpoint), differs);
}

static void tell_wrong(const struct checkpoint *checkpoint, const struct talk *talk)
{
	talk_error(talk,
		   "%s: is damaged: %s cannot be what it is there, and nothing of it was taken up "
		   "(name another --state, or remove it to begin anew)",
		   path_of(checkpoint), checkpoint->archive.wrong);
}

/* What stands before the content: true if the content may be read. */
static bool read_header(struct checkpoint *checkpoint, const struct talk *talk, int *status)
{
	struct archive *archive = open_archive(checkpoint, ARCHIVE_READS);
	const char *differs = NULL;

	header_archive(checkpoint, &differs);
	*status = STATUS_USAGE;
	if (archive_is_well(archive) && differs == NULL) {
		key_archive(archive, &checkpoint->config.hash_key);
		if (archive_is_well(archive))
			return true;
	}
	if (archive_is_well(archive)) {
		tell_difference(checkpoint, differs, talk);
		return false;
	}
	*status = STATUS_FAILED;
	tell_wrong(checkpoint, talk);
	return false;
}

/* Room for so many sources of earlier runs, and for the run's own behind them. */
static bool number_sources(struct checkpoint *checkpoint, unsigned before)
{
	const struct options *options = checkpoint->options;
	struct source_names *names = &checkpoint->names;

	free(names->name);
	names->name = calloc(before + options->source_count + 1U, sizeof(char *));
	if (names->name == NULL)
		return false;
	names->before = before;
	names->count = before + options->source_count;
	for (unsigned i = 0; i < options->source_count; i++)
		names->name[before + i] = options->source[i];
	return true;
}

struct checkpoint *checkpoint_open(const struct options *options, struct analyzer_config *config,
				   const char *filter, const struct talk *talk, int *status)
{
	struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
	char error[STATE_FILE_ERROR_MAX] = "not enough memory for the state";
	enum state_file_found found = STATE_FILE_FAILED;

	*status = STATUS_FAILED;
	if (checkpoint != NULL) {
		checkpoint->options = options;
		checkpoint->config = *config;
		checkpoint->filter = filter;
	}
	if (checkpoint != NULL && number_sources(checkpoint, 0))
		checkpoint->file = state_file_open(options->state, &found, error);
	if (checkpoint == NULL || checkpoint->file == NULL) {
		talk_error(talk, "%s", error);
		checkpoint_close(checkpoint);
		return NULL;
	}
	checkpoint->found = found == STATE_FILE_FOUND;
	if (!checkpoint->found || read_header(checkpoint, talk, status)) {
		config->hash_key = checkpoint->config.hash_key;
		return checkpoint;
	}
	checkpoint_close(checkpoint);
	return NULL;
}

void checkpoint_close(struct checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return;
	state_file_close(checkpoint->file);
	for (unsigned i = 0; i < checkpoint->names.before; i++)
		free((char *)checkpoint->names.name[i]);
	free(checkpoint->names.name);
	free(checkpoint);
}

const struct source_names *checkpoint_names(const struct checkpoint *checkpoint)
{
	return &checkpoint->names;
}

static void decoder_archive(struct archive *archive, struct decode_counters *decoder)
{
	ARCHIVE(archive, decoder->frames);
	ARCHIVE(archive, decoder->bytes);
	for (unsigned i = 0; i < DECODE_VERDICT_COUNT; i++)
		ARCHIVE(archive, decoder->by_verdict[i]);
	ARCHIVE(archive, decoder->ipv4);
	ARCHIVE(archive, decoder->ipv6);
	ARCHIVE(archive, decoder->vlan);
	ARCHIVE(archive, decoder->tunnel);
	ARCHIVE(archive, decoder->reassembled);
	ARCHIVE(archive, decoder->bad_checksum);
}

static void members_archive(struct archive *archive, const struct checkpoint_content *content)
{
	decoder_archive(archive, content->decoder);
	ARCHIVE_FLAG(archive, *content->has_time);
	ARCHIVE(archive, *content->first_ns);
	ARCHIVE(archive, *content->last_ns);
	timeline_archive(archive, content->timeline);
	reassembly_archive(archive, content->reassembly);
	tally_archive(archive, content->tally);
	pipeline_archive(archive, content->pipeline);
}

/* What members there are and what each is like, as a number, by content that is new. */
static uint64_t layout_of(const struct checkpoint_content *content)
{
	struct archive archive = {.way = ARCHIVE_DESCRIBES};

	archive_open(&archive);
	members_archive(&archive, content);
	return archive.layout;
}

/* Where there would be more sources than can be told apart, the numbers begin anew. */
static void read_sources(struct checkpoint *checkpoint)
{
	struct archive *archive = &checkpoint->archive;
	unsigned before = (unsigned)archive_value(archive, "sources", 0, ARCHIVE_SOURCES);

	archive->forgets_sources = before + checkpoint->options->source_count >= ARCHIVE_SOURCES;
	if (!number_sources(checkpoint, archive->forgets_sources ? 0 : before))
		archive_refuse(archive, "no memory");
}

static void read_name(struct checkpoint *checkpoint, unsigned number, size_t length)
{
	struct archive *archive = &checkpoint->archive;
	char *name = calloc(1, length + 1);

	if (name == NULL) {
		archive_refuse(archive, "no memory");
		return;
	}
	archive_bytes(archive, "name", name, length);
	if (strlen(name) != length)
		archive_refuse(archive, "name");
	if (number < checkpoint->names.before && checkpoint->names.name[number] == NULL &&
	    archive_is_well(archive))
		checkpoint->names.name[number] = name;
	else
		free(name);
}

/* Names of sources, each behind its number plus 1; 0 ends them. */
static void read_names(struct checkpoint *checkpoint)
{
	struct archive *archive = &checkpoint->archive;
	uint64_t number, length;

	while ((number = archive_value(archive, "source", 0, ARCHIVE_SOURCES)) != 0) {
		length = archive_value(archive, "length", 0, SOURCE_NAME_MAX_BYTES);
		if (!archive_is_well(archive))
			return;
		read_name(checkpoint, (unsigned)number - 1, (size_t)length);
	}
}

static void write_names(struct checkpoint *checkpoint, const struct source_names *names)
{
	struct archive *archive = &checkpoint->archive;

	for (unsigned number = 0; number < names->count && number < ARCHIVE_SOURCES; number++) {
		const char *name = names->name[number];
		size_t length = name != NULL ? strlen(name) : 0;

		if (name == NULL || length > SOURCE_NAME_MAX_BYTES ||
		    (checkpoint->sources.named[number / 8] >> number % 8 & 1) == 0)
			continue;
		archive_value(archive, "source", number + UINT64_C(1), ARCHIVE_SOURCES);
		archive_value(archive, "length", length, SOURCE_NAME_MAX_BYTES);
		archive_bytes(archive, "name", (char *)name, length);
	}
	archive_value(archive, "source", 0, ARCHIVE_SOURCES);
}

bool checkpoint_take_up(struct checkpoint *checkpoint, const struct checkpoint_content *content,
			const struct talk *talk, int *status)
{
	struct archive *archive = &checkpoint->archive;
	bool broken;

	checkpoint->layout = layout_of(content);
	if (!checkpoint->found)
		return true;
	*status = STATUS_USAGE;
	if (archive_value(archive, "layout", 0, UINT64_MAX) != checkpoint->layout &&
	    archive_is_well(archive)) {
		tell_difference(checkpoint, "version", talk);
		return false;
	}
	broken = archive_flag(archive, "broken", false);
	read_sources(checkpoint);
	members_archive(archive, content);
	read_names(checkpoint);
	if (archive_is_well(archive) && !archive_is_at_end(archive))
		archive_refuse(archive, "what stands behind the end");
	*status = STATUS_FAILED;
	if (!archive_is_well(archive)) {
		tell_wrong(checkpoint, talk);
		return false;
	}
	if (broken)
		pipeline_note_loss(content->pipeline, pipeline_clock_ns(content->pipeline));
	return true;
}

static bool write_all(struct checkpoint *checkpoint, const struct checkpoint_content *content,
		      enum checkpoint_end end)
{
	struct archive *archive = open_archive(checkpoint, ARCHIVE_WRITES);
	const char *differs = NULL;

	checkpoint->sources = (struct archive_sources){.named = {0}};
	if (!state_file_begin(checkpoint->file))
		return false;
	header_archive(checkpoint, &differs);
	key_archive(archive, &checkpoint->config.hash_key);
	archive_value(archive, "layout", checkpoint->layout, UINT64_MAX);
	archive_flag(archive, "broken", end == CHECKPOINT_BROKEN);
	archive_value(archive, "sources", content->names->count, ARCHIVE_SOURCES);
	members_archive(archive, content);
	write_names(checkpoint, content->names);
	return archive_flush(archive);
}

static void tell_unsaved(const struct checkpoint *checkpoint, int error, const struct talk *talk)
{
	talk_error(talk,
		   "%s: the state cannot be saved: %s (what was there before stays; may this user "
		   "write in that directory?)",
		   path_of(checkpoint), strerror(error));
}

bool checkpoint_save(struct checkpoint *checkpoint, const struct checkpoint_content *content,
		     enum checkpoint_end end, const struct talk *talk)
{
	state_file_finish(checkpoint->file);
	if (write_all(checkpoint, content, end) && state_file_replace(checkpoint->file))
		return true;
	tell_unsaved(checkpoint, errno, talk);
	return false;
}

static void note_outcome(struct checkpoint *checkpoint, bool done, const struct talk *talk)
{
	if (!done && !checkpoint->complains)
		tell_unsaved(checkpoint, errno, talk);
	checkpoint->complains = !done;
}

void checkpoint_save_soon(struct checkpoint *checkpoint, const struct checkpoint_content *content,
			  const struct talk *talk)
{
	bool done;

	if (!state_file_is_idle(checkpoint->file))
		return;
	done = state_file_finish(checkpoint->file);
	note_outcome(checkpoint, done, talk);
	if (!write_all(checkpoint, content, CHECKPOINT_BROKEN) ||
	    !state_file_replace_later(checkpoint->file))
		note_outcome(checkpoint, false, talk);
}
