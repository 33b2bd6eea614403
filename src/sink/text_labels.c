#include "sink/text_labels.h"

const char *const label_end[TEARDOWN_COUNT] = {
	[TEARDOWN_FOUR_WAY] = "closed in order, 4 segments",
	[TEARDOWN_THREE_SEGMENT] = "closed in order, 3 segments",
	[TEARDOWN_SIMULTANEOUS] = "closed in order, both at once",
	[TEARDOWN_FOUR_WAY_INCOMPLETE] = "both closed, one FIN never acknowledged",
	[TEARDOWN_HALF_CLOSED] = "half-closed, other side still open",
	[TEARDOWN_ONE_SIDED_FIN] = "one FIN, not acknowledged",
	[TEARDOWN_RST_ABORT] = "reset while open",
	[TEARDOWN_FIN_THEN_RST] = "reset during the close",
	[TEARDOWN_REFUSED] = "refused",
	[TEARDOWN_CONNECT_TIMEOUT] = "no answer to SYN",
	[TEARDOWN_HANDSHAKE_ABANDONED] = "handshake abandoned",
	[TEARDOWN_NONE] = "no close seen",
};

const char *const label_reason[REASON_COUNT] = {
	[REASON_CLOSED] = NULL, /* seen to their ends */
	[REASON_RESET] = NULL,
	[REASON_IDLE_TIMEOUT] = "silence for too long",
	[REASON_REUSED] = "reuse of the ports",
	[REASON_CAPTURE_END] = "the end of the capture",
	[REASON_EVICTED] = "the bound on memory",
	[REASON_SHUTDOWN] = "the end of the run",
};

const char *const label_reset_form[RESET_FORM_COUNT] = {
	[RESET_FORM_ABORT] = "abort",
	[RESET_FORM_REPLY] = "reply to a segment for a closed socket",
	[RESET_FORM_REFUSAL] = "refusal of a SYN",
	[RESET_FORM_UNKNOWN] = "form not known",
};

const char *const label_reset_sender[WHO_COUNT + 1] = {
	[WHO_CLIENT] = "sent by the client", [WHO_SERVER] = "sent by the server",
	[WHO_BOTH] = "sent by both",         [WHO_THIRD_PARTY] = "sent by a third party",
	[WHO_NULL] = "sender not known",
};

const char *const label_closer[WHO_COUNT + 1] = {
	[WHO_CLIENT] = "client",
	[WHO_SERVER] = "server",
	[WHO_BOTH] = "both at once",
	[WHO_THIRD_PARTY] = "a third party",
	[WHO_NULL] = "nobody, or not known",
};
