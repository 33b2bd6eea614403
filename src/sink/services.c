#include "sink/services.h"

#include "sink/end_word.h"

#include <string.h>

enum {
	LEAKED_BEFORE_ERROR = 10, /* connections stuck in CLOSE-WAIT on one service */
	CLOSES_BEFORE_NOTICE = 100,
};

struct service_key {
	uint8_t addr[16];
	uint64_t end; /* port and IP version: see end_word.h */
};

struct service_entry {
	struct service_key key;
	bool told_holder, told_leak;
	struct tally_service told;
};

void services_init(struct services *services)
{
	*services = (struct services){.left_out = 0};
	keymap_init(&services->map, sizeof(struct service_key), sizeof(struct service_entry),
		    TALLY_KEYS_MAX);
}

void services_guard(struct services *services, const struct hash_key *secret)
{
	keymap_guard(&services->map, secret);
}

void services_release(struct services *services)
{
	keymap_release(&services->map);
	services->last = NULL;
}

static void take_closer(struct tally_service *service, const struct flow_report *report)
{
	service->client_first += report->closer == WHO_CLIENT;
	service->server_first += report->closer == WHO_SERVER;
	service->both_first += report->closer == WHO_BOTH;
	service->resets += report->reset.present && report->reset.accepted != RESET_ACCEPTED_NO;
}

static void take_time_waits(struct tally_service *service, const struct flow_report *report)
{
	for (unsigned i = 0; i < report->time_wait_count; i++) {
		if (report->time_wait[i].ended_by != TW_END_ABSENT)
			service->time_waits[report->time_wait[i].side == WHO_SERVER]++;
	}
}

static bool asked_to_close(const struct report_endpoint *server)
{
	for (unsigned i = 0; i < server->path_count; i++) {
		if (server->path[i].state == STATE_CLOSE_WAIT && !server->path[i].refuted)
			return true;
	}
	return false;
}

/* How long the server was stuck: as the anomaly saw it, or to the connection's last packet. */
static void take_leak(struct tally_service *service, const struct flow_report *report)
{
	service->asked_to_close += asked_to_close(&report->endpoint[REPORT_SERVER]);
	for (unsigned i = 0; i < report->anomaly_count; i++) {
		const struct report_anomaly *anomaly = &report->anomaly[i];

		if (anomaly->id != ANOMALY_CLOSE_WAIT_STUCK || anomaly->side != WHO_SERVER)
			continue;
		service->stuck++;
		service->still_stuck += report->endpoint[REPORT_SERVER].state == STATE_CLOSE_WAIT;
	}
}

/* The server closes first in most connections (harmless for ports, but it costs the server memory
 * and makes each new SYN on a tuple meet TIME-WAIT). */
static void judge_holder(struct service_entry *entry, const struct flow_report *report,
			 struct alarms *alarms)
{
	const uint64_t *held = entry->told.time_waits;

	if (entry->told_holder || held[0] + held[1] < CLOSES_BEFORE_NOTICE || held[1] <= held[0])
		return;
	entry->told_holder = true;
	alarms_raise(alarms, &report->envelope,
		     &(struct alarm){.id = ANOMALY_SERVER_SIDE_TIME_WAIT,
				     .severity = SEVERITY_NOTICE,
				     .side = WHO_SERVER,
				     .count = held[1]});
}

static void judge_leak(struct service_entry *entry, const struct flow_report *report,
		       struct alarms *alarms)
{
	if (entry->told_leak || entry->told.stuck < LEAKED_BEFORE_ERROR)
		return;
	entry->told_leak = true;
	alarms_raise(alarms, &report->envelope,
		     &(struct alarm){.id = ANOMALY_CLOSE_WAIT_STUCK,
				     .severity = SEVERITY_ERROR,
				     .side = WHO_SERVER,
				     .count = entry->told.stuck});
}

void services_take(struct services *services, const struct flow_report *report,
		   struct alarms *alarms)
{
	const struct report_envelope *envelope = &report->envelope;
	struct service_key key = {
		.end = end_word(envelope->port[REPORT_SERVER], envelope->ip_version),
	};
	struct service_entry *entry;

	memcpy(key.addr, envelope->addr[REPORT_SERVER], sizeof key.addr);
	entry = keymap_obtain_again(&services->map, &key, &services->last);
	if (entry == NULL) {
		services->left_out++;
		return;
	}
	memcpy(entry->told.addr, key.addr, sizeof entry->told.addr);
	entry->told.port = end_word_port(key.end);
	entry->told.ip_version = end_word_ip_version(key.end);
	entry->told.connections++;
	take_closer(&entry->told, report);
	take_time_waits(&entry->told, report);
	take_leak(&entry->told, report);
	judge_holder(entry, report, alarms);
	judge_leak(entry, report, alarms);
}

/* Leaking ones first, then by connections; what is equal, by address and port, so that the order is
 * always the same. */
static bool ranks_before(const void *one, const void *other)
{
	const struct service_entry *a = one, *b = other;

	if (a->told.stuck != b->told.stuck)
		return a->told.stuck > b->told.stuck;
	if (a->told.connections != b->told.connections)
		return a->told.connections > b->told.connections;
	return memcmp(&a->key, &b->key, sizeof a->key) < 0;
}

void services_view(const struct services *services, struct tally_view *view)
{
	const void *top[TALLY_TOP];

	view->service_count = keymap_top(&services->map, ranks_before, top, TALLY_TOP);
	for (unsigned i = 0; i < view->service_count; i++)
		view->service[i] = ((const struct service_entry *)top[i])->told;
	view->services_left_out = services->left_out;
}

static void service_archive(struct archive *archive, void *entry)
{
	struct service_entry *service = entry;
	struct tally_service *told = &service->told;

	ARCHIVE_BYTES(archive, service->key.addr);
	end_word_archive(archive, "service->key.port", "service->key.ip_version",
			 &service->key.end);
	told->ip_version = end_word_ip_version(service->key.end);
	told->port = end_word_port(service->key.end);
	memcpy(told->addr, service->key.addr, sizeof told->addr);
	ARCHIVE_FLAG(archive, service->told_holder);
	ARCHIVE_FLAG(archive, service->told_leak);
	ARCHIVE(archive, told->connections);
	ARCHIVE(archive, told->client_first);
	ARCHIVE(archive, told->server_first);
	ARCHIVE(archive, told->both_first);
	ARCHIVE(archive, told->resets);
	ARCHIVE(archive, told->time_waits[REPORT_CLIENT]);
	ARCHIVE(archive, told->time_waits[REPORT_SERVER]);
	ARCHIVE(archive, told->asked_to_close);
	ARCHIVE(archive, told->stuck);
	ARCHIVE(archive, told->still_stuck);
}

void services_archive(struct archive *archive, struct services *services)
{
	keymap_archive(archive, &services->map, service_archive);
	ARCHIVE(archive, services->left_out);
}
