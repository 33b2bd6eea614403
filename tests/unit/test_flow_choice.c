/* The one connection that is wanted, as people name it. */
#include "options/flow_choice.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_ends(const char *text, unsigned ip_version)
{
	struct flow_choice choice;
	struct tuple *ends = &choice.ends;

	cr_assert(flow_choice_read(text, &choice), "\"%s\" is refused", text);
	cr_expect_eq(choice.by, FLOW_CHOICE_ENDS);
	cr_expect_eq(ends->ip_version, ip_version);
	cr_expect_eq(ends->addr[0][ip_version == 6 ? 15 : 3], 1, "%s", text);
	cr_expect_eq(ends->port[0], 40000, "%s", text);
	cr_expect_eq(ends->port[1], 80, "%s", text);
}

Test(flow, is_an_id_or_two_ends_in_either_order)
{
	static const char *const neither[] = {
		"",
		"0",
		"10.0.0.1",
		"10.0.0.1:40000",
		"10.0.0.1:40000-",
		"10.0.0.1:40000-10.0.0.2",
		"10.0.0.1:40000-10.0.0.2:80x",
		"10.0.0.1:40000 10.0.0:80",
		"10.0.0.1:70000-10.0.0.2:80",
		"[::1:40000-[::2]:80",
		"[::1]:40000-10.0.0.2:80",
		"::1:40000-::2:80",
		"10.0.0.1:40000-10.0.0.2:",
		"10.0.0.1:4000010.0.0.2:80",
		"-5",
		"99999999999999999999",
	};
	struct flow_choice choice;

	cr_assert(flow_choice_read("1482031870951425", &choice));
	cr_expect_eq(choice.by, FLOW_CHOICE_ID);
	cr_expect_eq(choice.id, 1482031870951425);
	expect_ends("10.0.0.1:40000-10.0.0.2:80", 4);
	expect_ends("10.0.0.2:80-10.0.0.1:40000", 4);
	expect_ends("10.0.0.1:40000 > 10.0.0.2:80", 4);
	expect_ends("10.0.0.1:40000 <> 10.0.0.2:80", 4);
	expect_ends("10.0.0.1:40000,10.0.0.2:80", 4);
	expect_ends("[2001:db8::1]:40000-[2001:db8::2]:80", 6);
	for (unsigned i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
		cr_expect_not(flow_choice_read(neither[i], &choice), "\"%s\" is taken", neither[i]);
}

Test(flow, has_the_connections_that_it_names)
{
	struct report_envelope envelope = {.flow_id = 7, .ip_version = 4, .port = {40000, 80}};
	struct flow_choice choice = {.by = FLOW_CHOICE_ANY};

	memcpy(envelope.addr[REPORT_CLIENT], (const uint8_t[]){10, 0, 0, 1}, 4);
	memcpy(envelope.addr[REPORT_SERVER], (const uint8_t[]){10, 0, 0, 2}, 4);
	cr_expect(flow_choice_has(&choice, &envelope));
	cr_assert(flow_choice_read("7", &choice));
	cr_expect(flow_choice_has(&choice, &envelope));
	cr_assert(flow_choice_read("8", &choice));
	cr_expect_not(flow_choice_has(&choice, &envelope));
	cr_assert(flow_choice_read("10.0.0.2:80-10.0.0.1:40000", &choice));
	cr_expect(flow_choice_has(&choice, &envelope));
	cr_assert(flow_choice_read("10.0.0.2:80-10.0.0.1:40001", &choice));
	cr_expect_not(flow_choice_has(&choice, &envelope));
}
