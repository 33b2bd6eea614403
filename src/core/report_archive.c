#include "core/report_archive.h"

static void evidence_archive(struct archive *archive, struct report_evidence *evidence)
{
	ARCHIVE(archive, evidence->has);
	ARCHIVE(archive, evidence->ttl);
	ARCHIVE(archive, evidence->flags);
	ARCHIVE(archive, evidence->seq);
	ARCHIVE(archive, evidence->ack);
	ARCHIVE(archive, evidence->tsval);
	ARCHIVE(archive, evidence->bytes);
	ARCHIVE_SPAN(archive, evidence->duration_ns);
}

void report_anomaly_archive(struct archive *archive, struct report_anomaly *anomaly)
{
	ARCHIVE_UPTO(archive, anomaly->id, ANOMALY_COUNT - 1);
	ARCHIVE_UPTO(archive, anomaly->severity, SEVERITY_COUNT - 1);
	ARCHIVE_UPTO(archive, anomaly->side, WHO_NULL);
	ARCHIVE_UPTO(archive, anomaly->doubt, DOUBT_COUNT - 1);
	ARCHIVE_TIME(archive, anomaly->ts_ns);
	ARCHIVE(archive, anomaly->number);
	ARCHIVE(archive, anomaly->count);
	ARCHIVE_UPTO(archive, anomaly->frame_count, REPORT_FRAMES_MAX);
	for (unsigned i = 0; i < anomaly->frame_count; i++)
		ARCHIVE(archive, anomaly->frame[i]);
	evidence_archive(archive, &anomaly->expected);
	evidence_archive(archive, &anomaly->observed);
}

void report_birth_archive(struct archive *archive, struct report_birth *birth)
{
	ARCHIVE_FLAG(archive, birth->seen);
	for (unsigned side = 0; side < 2; side++) {
		ARCHIVE(archive, birth->ttl[side]);
		ARCHIVE(archive, birth->iss[side]);
	}
	ARCHIVE_TIME(archive, birth->ts_ns);
}

static void tunnel_archive(struct archive *archive, struct report_tunnel *tunnel)
{
	ARCHIVE_FLAG(archive, tunnel->present);
	ARCHIVE_FLAG(archive, tunnel->has_id);
	ARCHIVE_UPTO(archive, tunnel->type, TUNNEL_NULL);
	ARCHIVE(archive, tunnel->id);
}

void report_envelope_archive(struct archive *archive, struct report_envelope *envelope)
{
	ARCHIVE_TIME(archive, envelope->ts_ns);
	ARCHIVE(archive, envelope->flow_id);
	ARCHIVE(archive, envelope->number);
	archive_source(archive, &envelope->source);
	ARCHIVE_UPTO(archive, envelope->ip_version, 6);
	ARCHIVE_UPTO(archive, envelope->vlan_count, TUPLE_VLANS_MAX);
	for (unsigned i = 0; i < envelope->vlan_count; i++)
		ARCHIVE(archive, envelope->vlan[i]);
	tunnel_archive(archive, &envelope->tunnel);
	for (unsigned side = 0; side < 2; side++) {
		ARCHIVE_BYTES(archive, envelope->addr[side]);
		ARCHIVE(archive, envelope->port[side]);
	}
	ARCHIVE_FLAG(archive, envelope->multipath);
	report_birth_archive(archive, &envelope->birth);
	ARCHIVE_UPTO(archive, envelope->orientation, ORIENTATION_NULL);
}
