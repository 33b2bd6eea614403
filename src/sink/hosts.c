#include "sink/hosts.h"

#include "core/profile.h"

#include <string.h>

enum { RESETS_BEFORE_NOTICE = 10 /* connections that one host resets instead of closing */ };

struct host_key {
	uint8_t addr[16];
	uint64_t ip_version; /* one word, as in end_word.h */
};

struct host_entry {
	struct host_key key;
	struct tally_host told;
};

void hosts_init(struct hosts *hosts)
{
	*hosts = (struct hosts){.left_out = 0};
	keymap_init(&hosts->map, sizeof(struct host_key), sizeof(struct host_entry),
		    TALLY_KEYS_MAX);
}

void hosts_guard(struct hosts *hosts, const struct hash_key *secret)
{
	keymap_guard(&hosts->map, secret);
}

void hosts_release(struct hosts *hosts)
{
	keymap_release(&hosts->map);
	memset(hosts->last, 0, sizeof hosts->last);
}

static bool is_side(enum who who, unsigned side)
{
	return who == WHO_BOTH || who == (side == REPORT_CLIENT ? WHO_CLIENT : WHO_SERVER);
}

/* Lengthens the longest stay by this one: it lasts until the next step that stood, or else
 * `end_ns`. */
static void take_close_wait(struct tally_host *host, const struct report_endpoint *endpoint,
			    unsigned step, int64_t end_ns)
{
	unsigned next = step + 1;
	while (next < endpoint->path_count && endpoint->path[next].refuted)
		next++;
	bool ended = next < endpoint->path_count;
	int64_t until_ns = ended ? endpoint->path[next].ts_ns : end_ns;
	int64_t stay_ns = until_ns - endpoint->path[step].ts_ns;
	host->close_waits++;
	host->close_waits_open += !ended;
	if (stay_ns > host->close_wait_max_ns)
		host->close_wait_max_ns = stay_ns;
}

static void take_path(struct tally_host *host, const struct report_endpoint *endpoint,
		      int64_t end_ns)
{
	for (unsigned i = 0; i < endpoint->path_count; i++) {
		if (endpoint->path[i].state == STATE_CLOSE_WAIT && !endpoint->path[i].refuted)
			take_close_wait(host, endpoint, i, end_ns);
	}
}

static void take_time_wait(struct tally_host *host, const struct report_time_wait *time_wait)
{
	if (time_wait->ended_by != TW_END_ABSENT)
		host->time_waits_held++;
	if (time_wait->evidence_min_ns > host->time_wait_min_ns)
		host->time_wait_min_ns = time_wait->evidence_min_ns;
	if (time_wait->ended_by != TW_END_ABSENT || !time_wait->has_evidence_max)
		return; /* what ended early says nothing of the time that it would have had */
	if (!host->has_time_wait_max || time_wait->evidence_max_ns < host->time_wait_max_ns)
		host->time_wait_max_ns = time_wait->evidence_max_ns;
	host->has_time_wait_max = true;
}

static bool has_anomaly(const struct flow_report *report, enum anomaly_id id)
{
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		if (report->anomaly[i].id == id)
			return true;
	}
	return false;
}

static bool has_cause(const struct flow_report *report, enum cause cause)
{
	for (unsigned i = 0; i < report->explanation_count; i++) {
		if (report->explanation[i].cause == cause)
			return true;
	}
	return false;
}

/* An abort where a FIN was due: both had said all they had to say, and nothing else explains it. */
static bool resets_instead(const struct flow_report *report)
{
	return report->teardown == TEARDOWN_RST_ABORT && !report->quality.capture_loss &&
	       has_cause(report, CAUSE_TIME_WAIT_AVOIDANCE) &&
	       !has_cause(report, CAUSE_USER_TIMEOUT) && !has_cause(report, CAUSE_INJECTED_RESET) &&
	       !has_anomaly(report, ANOMALY_RST_AFTER_IDLE) &&
	       !has_anomaly(report, ANOMALY_RST_BOTH_DIRECTIONS);
}

static void take_reset(struct tally_host *host, const struct flow_report *report, unsigned side,
		       struct alarms *alarms)
{
	struct report_envelope where;

	if (!report->reset.present || !is_side(report->reset.by, side))
		return;
	host->resets_sent++;
	if (!resets_instead(report) || ++host->resets_instead != RESETS_BEFORE_NOTICE)
		return;
	where = report->envelope;
	where.number = report->reset.number;
	alarms_raise(alarms, &where,
		     &(struct alarm){.id = ANOMALY_RST_INSTEAD_OF_FIN,
				     .severity = SEVERITY_NOTICE,
				     .side = report->reset.by,
				     .count = host->resets_instead});
}

static void take_side(struct tally_host *host, const struct flow_report *report, unsigned side)
{
	host->closes_begun += is_side(report->closer, side);
	for (unsigned i = 0; i < report->time_wait_count; i++) {
		if (is_side(report->time_wait[i].side, side))
			take_time_wait(host, &report->time_wait[i]);
	}
	take_path(host, &report->endpoint[side], report->end_ns);
}

static struct host_key key_of(uint8_t ip_version, const uint8_t addr[16])
{
	struct host_key key = {.ip_version = ip_version};

	memcpy(key.addr, addr, sizeof key.addr);
	return key;
}

void hosts_prefetch(const struct hosts *hosts, uint8_t ip_version, const uint8_t addr[16])
{
	const struct host_key key = key_of(ip_version, addr);

	keymap_prefetch(&hosts->map, &key);
}

void hosts_take(struct hosts *hosts, const struct flow_report *report, struct alarms *alarms)
{
	const struct report_envelope *envelope = &report->envelope;
	for (unsigned side = 0; side < 2; side++) {
		const struct host_key key = key_of(envelope->ip_version, envelope->addr[side]);
		struct host_entry *entry =
			keymap_obtain_again(&hosts->map, &key, &hosts->last[side]);
		if (entry == NULL) {
			hosts->left_out++;
			continue;
		}
		entry->told.ip_version = envelope->ip_version;
		memcpy(entry->told.addr, key.addr, sizeof entry->told.addr);
		take_side(&entry->told, report, side);
		take_reset(&entry->told, report, side, alarms);
	}
}

static uint64_t weight(const struct tally_host *host)
{
	return host->closes_begun + host->time_waits_held + host->resets_sent;
}

/* By weight; what is equal, by address, so that the order is always the same. */
static bool ranks_before(const void *one, const void *other)
{
	const struct host_entry *a = one, *b = other;
	uint64_t weight_a = weight(&a->told);
	uint64_t weight_b = weight(&b->told);
	if (weight_a != weight_b)
		return weight_a > weight_b;
	return memcmp(&a->key, &b->key, sizeof a->key) < 0;
}

/* The systems whose TIME-WAIT agrees with the proofs. A timer may be late: Linux's by 2 s. */
static void name_profiles(struct tally_host *host)
{
	static const int64_t slack_ns = 2500000000;

	if (host->time_wait_min_ns == 0 && !host->has_time_wait_max)
		return;
	for (unsigned i = 0; i < PROFILE_CUSTOM; i++) {
		int64_t length_ns = profile_time_wait_ns((enum profile)i);

		if (length_ns + slack_ns >= host->time_wait_min_ns &&
		    (!host->has_time_wait_max || length_ns <= host->time_wait_max_ns))
			host->profile[host->profile_count++] = (enum profile)i;
	}
}

void hosts_view(const struct hosts *hosts, struct tally_view *view)
{
	const void *top[TALLY_TOP];

	view->host_count = keymap_top(&hosts->map, ranks_before, top, TALLY_TOP);
	for (unsigned i = 0; i < view->host_count; i++) {
		view->host[i] = ((const struct host_entry *)top[i])->told;
		name_profiles(&view->host[i]);
	}
	view->hosts_left_out = hosts->left_out;
}

static void host_archive(struct archive *archive, void *entry)
{
	struct host_entry *host = entry;
	struct tally_host *told = &host->told;
	uint8_t ip_version = (uint8_t)host->key.ip_version;

	ARCHIVE_BYTES(archive, host->key.addr);
	archive_member(archive, "host->key.ip_version", &ip_version, sizeof ip_version);
	host->key.ip_version = told->ip_version = ip_version;
	memcpy(told->addr, host->key.addr, sizeof told->addr);
	ARCHIVE(archive, told->closes_begun);
	ARCHIVE(archive, told->time_waits_held);
	ARCHIVE(archive, told->resets_sent);
	ARCHIVE(archive, told->resets_instead);
	ARCHIVE(archive, told->close_waits);
	ARCHIVE(archive, told->close_waits_open);
	ARCHIVE_SPAN(archive, told->close_wait_max_ns);
	ARCHIVE_SPAN(archive, told->time_wait_min_ns);
	ARCHIVE_FLAG(archive, told->has_time_wait_max);
	ARCHIVE_SPAN(archive, told->time_wait_max_ns);
}

void hosts_archive(struct archive *archive, struct hosts *hosts)
{
	keymap_archive(archive, &hosts->map, host_archive);
	ARCHIVE(archive, hosts->left_out);
}
