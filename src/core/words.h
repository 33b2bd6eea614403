/*
 * The enumerations whose words leave the program, and the way from a value to its word.
 *
 * Each list below is the one place where its words stand: the C constants, the names, the JSON
 * Schema and the man page are made from it. The words are promised to users: none is renamed or
 * removed, new ones are appended.
 *
 * An enumeration `e` has constants E_WORD (STATE_CLOSED, TEARDOWN_FOUR_WAY), their number E_COUNT,
 * and E_NULL for "unknown", which equals E_COUNT and has no word.
 */
#ifndef TCPBYE_CORE_WORDS_H
#define TCPBYE_CORE_WORDS_H

#include <stddef.h>

/* Endpoint states (RFC 9293, 3.3.2). */
#define STATE_WORDS(W)                                                                             \
	W(STATE, CLOSED, "closed")                                                                 \
	W(STATE, LISTEN, "listen")                                                                 \
	W(STATE, SYN_SENT, "syn_sent")                                                             \
	W(STATE, SYN_RECEIVED, "syn_received")                                                     \
	W(STATE, ESTABLISHED, "established")                                                       \
	W(STATE, FIN_WAIT_1, "fin_wait_1")                                                         \
	W(STATE, FIN_WAIT_2, "fin_wait_2")                                                         \
	W(STATE, CLOSING, "closing")                                                               \
	W(STATE, TIME_WAIT, "time_wait")                                                           \
	W(STATE, CLOSE_WAIT, "close_wait")                                                         \
	W(STATE, LAST_ACK, "last_ack")

/* How surely a step of an endpoint's path is known. */
#define CERTAINTY_WORDS(W)                                                                         \
	W(CERTAINTY, OBSERVED, "observed")                                                         \
	W(CERTAINTY, CONFIRMED, "confirmed")                                                       \
	W(CERTAINTY, ASSUMED, "assumed")                                                           \
	W(CERTAINTY, INFERRED_GAP, "inferred_gap")                                                 \
	W(CERTAINTY, TIMER, "timer")

/* How a connection ended. */
#define TEARDOWN_WORDS(W)                                                                          \
	W(TEARDOWN, FOUR_WAY, "four_way")                                                          \
	W(TEARDOWN, THREE_SEGMENT, "three_segment")                                                \
	W(TEARDOWN, SIMULTANEOUS, "simultaneous")                                                  \
	W(TEARDOWN, FOUR_WAY_INCOMPLETE, "four_way_incomplete")                                    \
	W(TEARDOWN, HALF_CLOSED, "half_closed")                                                    \
	W(TEARDOWN, ONE_SIDED_FIN, "one_sided_fin")                                                \
	W(TEARDOWN, RST_ABORT, "rst_abort")                                                        \
	W(TEARDOWN, FIN_THEN_RST, "fin_then_rst")                                                  \
	W(TEARDOWN, REFUSED, "refused")                                                            \
	W(TEARDOWN, CONNECT_TIMEOUT, "connect_timeout")                                            \
	W(TEARDOWN, HANDSHAKE_ABANDONED, "handshake_abandoned")                                    \
	W(TEARDOWN, NONE, "none")

/* Who closed first, or sent a reset, or is concerned. */
#define WHO_WORDS(W)                                                                               \
	W(WHO, CLIENT, "client")                                                                   \
	W(WHO, SERVER, "server")                                                                   \
	W(WHO, BOTH, "both")                                                                       \
	W(WHO, THIRD_PARTY, "third_party")

/* What the verdict on the first closer rests on. */
#define CLOSER_BY_WORDS(W)                                                                         \
	W(CLOSER_BY, ACK_COVERAGE, "ack_coverage")                                                 \
	W(CLOSER_BY, ONLY_FIN, "only_fin")                                                         \
	W(CLOSER_BY, RESET, "reset")                                                               \
	W(CLOSER_BY, INFERRED_GAP, "inferred_gap")                                                 \
	W(CLOSER_BY, ORDER_ASSUMED, "order_assumed")

/* Why a record was written. */
#define REASON_WORDS(W)                                                                            \
	W(REASON, CLOSED, "closed")                                                                \
	W(REASON, RESET, "reset")                                                                  \
	W(REASON, IDLE_TIMEOUT, "idle_timeout")                                                    \
	W(REASON, REUSED, "reused")                                                                \
	W(REASON, CAPTURE_END, "capture_end")                                                      \
	W(REASON, EVICTED, "evicted")                                                              \
	W(REASON, SHUTDOWN, "shutdown")

/* How the record began. */
#define ORIGIN_WORDS(W)                                                                            \
	W(ORIGIN, HANDSHAKE, "handshake")                                                          \
	W(ORIGIN, MIDSTREAM, "midstream")

/* How client and server were told apart. */
#define ORIENTATION_WORDS(W)                                                                       \
	W(ORIENTATION, HANDSHAKE, "handshake")                                                     \
	W(ORIENTATION, OPTION, "option")                                                           \
	W(ORIENTATION, LEARNED, "learned")                                                         \
	W(ORIENTATION, PORT, "port")                                                               \
	W(ORIENTATION, PAYLOAD, "payload")                                                         \
	W(ORIENTATION, UNKNOWN, "unknown")

/* Suricata EVE's flow.state. */
#define FLOW_STATE_WORDS(W)                                                                        \
	W(FLOW_STATE, NEW, "new")                                                                  \
	W(FLOW_STATE, ESTABLISHED, "established")                                                  \
	W(FLOW_STATE, CLOSED, "closed")

/* What one of the four close segments is for. */
#define WAVE_ROLE_WORDS(W)                                                                         \
	W(WAVE_ROLE, FIN, "fin")                                                                   \
	W(WAVE_ROLE, ACK, "ack")

/* What became of one of the four close segments. */
#define WAVE_STATUS_WORDS(W)                                                                       \
	W(WAVE_STATUS, OK, "ok")                                                                   \
	W(WAVE_STATUS, BAD, "bad")                                                                 \
	W(WAVE_STATUS, MISSING, "missing")                                                         \
	W(WAVE_STATUS, PENDING, "pending")                                                         \
	W(WAVE_STATUS, GAP, "gap")                                                                 \
	W(WAVE_STATUS, NOT_OBSERVABLE, "not_observable")

/* What was wrong with a bad one. */
#define WAVE_WHY_WORDS(W)                                                                          \
	W(WAVE_WHY, SEQ, "seq")                                                                    \
	W(WAVE_WHY, ACK, "ack")                                                                    \
	W(WAVE_WHY, WINDOW, "window")                                                              \
	W(WAVE_WHY, NO_ACK_FLAG, "no_ack_flag")

/* What a reset's form says of why it was sent. */
#define RESET_FORM_WORDS(W)                                                                        \
	W(RESET_FORM, ABORT, "abort")                                                              \
	W(RESET_FORM, REPLY, "reply")                                                              \
	W(RESET_FORM, REFUSAL, "refusal")                                                          \
	W(RESET_FORM, UNKNOWN, "unknown")

/* Where a reset's number lies (RFC 5961, 3.2). */
#define RESET_CLASS_WORDS(W)                                                                       \
	W(RESET_CLASS, EXACT, "exact")                                                             \
	W(RESET_CLASS, FIN_MINUS_ONE, "fin_minus_one")                                             \
	W(RESET_CLASS, IN_WINDOW, "in_window")                                                     \
	W(RESET_CLASS, OUTSIDE, "outside")

/* Whether the receiver took the reset. */
#define RESET_ACCEPTED_WORDS(W)                                                                    \
	W(RESET_ACCEPTED, OBSERVED, "observed")                                                    \
	W(RESET_ACCEPTED, ASSUMED, "assumed")                                                      \
	W(RESET_ACCEPTED, NO, "no")

/* The way into TIME-WAIT. */
#define TW_VIA_WORDS(W)                                                                            \
	W(TW_VIA, FIN_WAIT_2, "fin_wait_2")                                                        \
	W(TW_VIA, CLOSING, "closing")                                                              \
	W(TW_VIA, FIN_WAIT_1, "fin_wait_1")

/* What ended a TIME-WAIT. */
#define TW_END_WORDS(W)                                                                            \
	W(TW_END, TIMER, "timer")                                                                  \
	W(TW_END, REUSE, "reuse")                                                                  \
	W(TW_END, ASSASSINATED, "assassinated")                                                    \
	W(TW_END, OWN_RESET, "own_reset")                                                          \
	W(TW_END, ABSENT, "absent")                                                                \
	W(TW_END, CAPTURE_END, "capture_end")                                                      \
	W(TW_END, EVICTED, "evicted")

/* Whose TIME-WAIT length is assumed. */
#define PROFILE_WORDS(W)                                                                           \
	W(PROFILE, LINUX, "linux")                                                                 \
	W(PROFILE, FREEBSD, "freebsd")                                                             \
	W(PROFILE, MACOS, "macos")                                                                 \
	W(PROFILE, WINDOWS, "windows")                                                             \
	W(PROFILE, SOLARIS, "solaris")                                                             \
	W(PROFILE, RFC, "rfc")                                                                     \
	W(PROFILE, CUSTOM, "custom")

/* What a packet was carried in. */
#define TUNNEL_WORDS(W)                                                                            \
	W(TUNNEL, GRE, "gre")                                                                      \
	W(TUNNEL, IPIP, "ipip")                                                                    \
	W(TUNNEL, 6IN4, "6in4")                                                                    \
	W(TUNNEL, 4IN6, "4in6")                                                                    \
	W(TUNNEL, 6IN6, "6in6")                                                                    \
	W(TUNNEL, VXLAN, "vxlan")                                                                  \
	W(TUNNEL, GENEVE, "geneve")                                                                \
	W(TUNNEL, GTP_U, "gtp_u")                                                                  \
	W(TUNNEL, L2TP, "l2tp")                                                                    \
	W(TUNNEL, PBB, "pbb")                                                                      \
	W(TUNNEL, ERSPAN, "erspan")                                                                \
	W(TUNNEL, TEREDO, "teredo")

/* What Multipath TCP says of why a subflow was reset (RFC 8684, 3.5 and 3.6). */
#define MULTIPATH_RESET_WORDS(W)                                                                   \
	W(MULTIPATH_RESET, FASTCLOSE, "fastclose")                                                 \
	W(MULTIPATH_RESET, TCPRST, "tcprst")

/* Where the tap is. */
#define VANTAGE_WORDS(W)                                                                           \
	W(VANTAGE, NEAR_CLIENT, "near_client")                                                     \
	W(VANTAGE, NEAR_SERVER, "near_server")                                                     \
	W(VANTAGE, MIDDLE, "middle")                                                               \
	W(VANTAGE, SAME_HOST, "same_host")

/* How bad an anomaly is, mildest first. */
#define SEVERITY_WORDS(W)                                                                          \
	W(SEVERITY, INFO, "info")                                                                  \
	W(SEVERITY, NOTICE, "notice")                                                              \
	W(SEVERITY, WARNING, "warning")                                                            \
	W(SEVERITY, ERROR, "error")

/* Whether the capture itself may be to blame. */
#define DOUBT_WORDS(W)                                                                             \
	W(DOUBT, NONE, "none")                                                                     \
	W(DOUBT, POSSIBLE, "possible")                                                             \
	W(DOUBT, LIKELY, "likely")

/* How well an explanation fits. */
#define WEIGHT_WORDS(W)                                                                            \
	W(WEIGHT, HIGH, "high")                                                                    \
	W(WEIGHT, MEDIUM, "medium")                                                                \
	W(WEIGHT, LOW, "low")

/* What explains the end of a connection. */
#define CAUSE_WORDS(W)                                                                             \
	W(CAUSE, HTTP_KEEPALIVE_RACE, "http_keepalive_race")                                       \
	W(CAUSE, STALE_POOL_WRITE, "stale_pool_write")                                             \
	W(CAUSE, SO_LINGER_0, "so_linger_0")                                                       \
	W(CAUSE, CLOSE_WITH_UNREAD_DATA, "close_with_unread_data")                                 \
	W(CAUSE, CLOSE_WITH_DATA_IN_FLIGHT, "close_with_data_in_flight")                           \
	W(CAUSE, ORPHAN_FIN_WAIT_2_TIMEOUT, "orphan_fin_wait_2_timeout")                           \
	W(CAUSE, KEEPALIVE_FAILED, "keepalive_failed")                                             \
	W(CAUSE, USER_TIMEOUT, "user_timeout")                                                     \
	W(CAUSE, IDLE_MIDDLEBOX_RESET, "idle_middlebox_reset")                                     \
	W(CAUSE, IDLE_BLACK_HOLE, "idle_black_hole")                                               \
	W(CAUSE, PEER_REBOOTED, "peer_rebooted")                                                   \
	W(CAUSE, TIME_WAIT_AVOIDANCE, "time_wait_avoidance")                                       \
	W(CAUSE, INJECTED_RESET, "injected_reset")                                                 \
	W(CAUSE, PROCESS_EXIT_OR_CLOSE, "process_exit_or_close")                                   \
	W(CAUSE, HTTP_CONNECTION_CLOSE, "http_connection_close")                                   \
	W(CAUSE, TLS_CLOSE_NOTIFY, "tls_close_notify")

/* Every enumeration: its name and its list. */
#define WORD_LISTS(E)                                                                              \
	E(state, STATE)                                                                            \
	E(certainty, CERTAINTY)                                                                    \
	E(teardown, TEARDOWN)                                                                      \
	E(who, WHO)                                                                                \
	E(closer_by, CLOSER_BY)                                                                    \
	E(reason, REASON)                                                                          \
	E(origin, ORIGIN)                                                                          \
	E(orientation, ORIENTATION)                                                                \
	E(flow_state, FLOW_STATE)                                                                  \
	E(wave_role, WAVE_ROLE)                                                                    \
	E(wave_status, WAVE_STATUS)                                                                \
	E(wave_why, WAVE_WHY)                                                                      \
	E(reset_form, RESET_FORM)                                                                  \
	E(reset_class, RESET_CLASS)                                                                \
	E(reset_accepted, RESET_ACCEPTED)                                                          \
	E(multipath_reset, MULTIPATH_RESET)                                                        \
	E(tw_via, TW_VIA)                                                                          \
	E(tw_end, TW_END)                                                                          \
	E(profile, PROFILE)                                                                        \
	E(vantage, VANTAGE)                                                                        \
	E(tunnel, TUNNEL)                                                                          \
	E(severity, SEVERITY)                                                                      \
	E(doubt, DOUBT)                                                                            \
	E(weight, WEIGHT)                                                                          \
	E(cause, CAUSE)

#define WORD_CONSTANT(PREFIX, ID, word) PREFIX##_##ID,
#define WORD_ENUM(name, PREFIX)                                                                    \
	enum name { PREFIX##_WORDS(WORD_CONSTANT) PREFIX##_COUNT, PREFIX##_NULL = PREFIX##_COUNT };
WORD_LISTS(WORD_ENUM)
#undef WORD_ENUM
#undef WORD_CONSTANT

/* The word of a value: state_word(STATE_CLOSED) is "closed". NULL for E_NULL and anything beyond.
 */
#define WORD_FUNCTION(name, PREFIX) const char *name##_word(unsigned value);
WORD_LISTS(WORD_FUNCTION)
#undef WORD_FUNCTION

#endif
