/*
 * Community IDs, against the values that the specification's authors publish.
 */
#define _POSIX_C_SOURCE 200809L
#include "sink/community_id.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

static struct report_envelope ends(int family, const char *client, uint16_t client_port,
				   const char *server, uint16_t server_port)
{
	struct report_envelope envelope = {
		.ip_version = family == AF_INET ? 4 : 6,
		.port = {client_port, server_port},
	};
	cr_assert_eq(inet_pton(family, client, envelope.addr[REPORT_CLIENT]), 1);
	cr_assert_eq(inet_pton(family, server, envelope.addr[REPORT_SERVER]), 1);
	return envelope;
}

Test(community_id, baseline_of_the_specification)
{
	struct report_envelope envelope =
		ends(AF_INET, "128.232.110.120", 34855, "66.35.250.204", 80);
	cr_assert_str_eq(community_id(&envelope, 0).text, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	cr_assert_str_eq(community_id(&envelope, 1).text, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
}

Test(community_id, same_in_both_directions)
{
	struct report_envelope there = ends(AF_INET, "10.0.0.1", 40000, "10.0.0.2", 80);
	struct report_envelope back = ends(AF_INET, "10.0.0.2", 80, "10.0.0.1", 40000);
	cr_assert_str_eq(community_id(&there, 0).text, community_id(&back, 0).text);
}

Test(community_id, ports_decide_between_equal_addresses)
{
	struct report_envelope there = ends(AF_INET, "127.0.0.1", 40000, "127.0.0.1", 80);
	struct report_envelope back = ends(AF_INET, "127.0.0.1", 80, "127.0.0.1", 40000);
	cr_assert_str_eq(community_id(&there, 0).text, community_id(&back, 0).text);
}

Test(community_id, ipv6_is_hashed_in_full)
{
	struct report_envelope one = ends(AF_INET6, "2001:db8::1", 40000, "2001:db8::2", 80);
	struct report_envelope other = ends(AF_INET6, "2001:db8::1", 40000, "2001:db8::3", 80);
	struct report_envelope back = ends(AF_INET6, "2001:db8::2", 80, "2001:db8::1", 40000);
	cr_assert_str_neq(community_id(&one, 0).text, community_id(&other, 0).text);
	cr_assert_str_eq(community_id(&one, 0).text, community_id(&back, 0).text);
	cr_assert_eq(strlen(community_id(&one, 0).text), 30);
}
