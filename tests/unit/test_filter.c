/* The filter fits every link type, and says why where it cannot. */
#include "source/filter.h"

#include <criterion/criterion.h>
#include <string.h>

/* TCP from 10.0.0.1:4660 to 10.0.0.2:80, behind whatever the caller puts in front. */
static const uint8_t packet[] = {
	0x45, 0,    0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10,   0, 0,    1,    10, 0, 0, 2,
	0x12, 0x34, 0, 80, 0, 0, 0, 1, 0,  0, 0, 0, 0x50, 2, 0xff, 0xff, 0,  0, 0, 0,
};

static int match(const char *expression, uint16_t linktype, const uint8_t *head, size_t head_bytes,
		 struct source_error *error)
{
	uint8_t bytes[100] = {0};
	struct filter *filter = filter_create(expression, error);

	cr_assert_not_null(filter, "%s", error->text);
	if (head_bytes)
		memcpy(bytes, head, head_bytes);
	memcpy(bytes + head_bytes, packet, sizeof(packet));
	struct frame frame = {
		.bytes = bytes,
		.captured_bytes = (uint32_t)(head_bytes + sizeof(packet)),
		.wire_bytes = (uint32_t)(head_bytes + sizeof(packet)),
		.linktype = linktype,
	};
	int first = filter_match(filter, &frame, error);
	cr_assert_eq(filter_match(filter, &frame, error), first);
	filter_destroy(filter);
	return first;
}

static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
static const uint8_t tagged[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 42, 8, 0};
static const uint8_t cooked[] = {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0};
static const uint8_t null_link[] = {2, 0, 0, 0};

Test(filter, link_types)
{
	struct source_error error = {""};

	cr_assert_eq(match("tcp port 80", 1, ethernet, sizeof(ethernet), &error), 1);
	cr_assert_eq(match("tcp port 81", 1, ethernet, sizeof(ethernet), &error), 0);
	cr_assert_eq(match("tcp port 80", 113, cooked, sizeof(cooked), &error), 1);
	cr_assert_eq(match("tcp port 80", 0, null_link, sizeof(null_link), &error), 1);
	cr_assert_eq(match("tcp port 80", 101, NULL, 0, &error), 1);
	cr_assert_eq(match("tcp port 80", 12, NULL, 0, &error), 1);
	cr_assert_eq(match("tcp port 81", 101, NULL, 0, &error), 0);
	cr_assert_eq(match("tcp port 80", 228, NULL, 0, &error), 1);
}

Test(filter, tags_must_be_asked_for)
{
	struct source_error error = {""};

	cr_assert_eq(match("tcp", 1, tagged, sizeof(tagged), &error), 0);
	cr_assert_eq(match("tcp or (vlan and tcp)", 1, tagged, sizeof(tagged), &error), 1);
	cr_assert_eq(match("vlan 42", 1, tagged, sizeof(tagged), &error), 1);
}

Test(filter, the_empty_expression_passes_everything)
{
	struct source_error error = {""};

	cr_assert_eq(match("", 1, ethernet, sizeof(ethernet), &error), 1);
}

Test(filter, several_link_types_in_turn)
{
	struct source_error error = {""};
	struct filter *filter = filter_create("dst port 80", &error);
	uint8_t bytes[100] = {0};

	for (unsigned i = 0; i < 6; i++) {
		size_t head = i % 2 ? 0 : sizeof(ethernet);
		memcpy(bytes, ethernet, sizeof(ethernet));
		memcpy(bytes + head, packet, sizeof(packet));
		struct frame frame = {
			.bytes = bytes,
			.captured_bytes = (uint32_t)(head + sizeof(packet)),
			.wire_bytes = (uint32_t)(head + sizeof(packet)),
			.linktype = i % 2 ? 101 : 1,
		};
		cr_assert_eq(filter_match(filter, &frame, &error), 1);
	}
	filter_destroy(filter);
}

Test(filter, wrong_expressions_are_refused)
{
	struct source_error error = {""};

	cr_assert_null(filter_create("tcp prot 80", &error));
	cr_assert_not_null(strstr(error.text, "filter \"tcp prot 80\": "), "%s", error.text);
	cr_assert_not_null(strstr(error.text, "syntax error (see pcap-filter(7))"), "%s",
			   error.text);
}

Test(filter, an_expression_may_not_fit_a_link_type)
{
	struct source_error error = {""};

	cr_assert_eq(match("ether host 02:00:00:00:00:01", 101, NULL, 0, &error), -1);
	cr_assert_not_null(strstr(error.text,
				  "filter \"ether host 02:00:00:00:00:01\": cannot be used "
				  "on frames of type RAW: "),
			   "%s", error.text);
	cr_assert_eq(match("tcp", 4711, NULL, 0, &error), -1);
	cr_assert_not_null(strstr(error.text, "cannot be used on frames of type 4711: "), "%s",
			   error.text);
}
