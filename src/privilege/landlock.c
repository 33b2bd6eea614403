#define _GNU_SOURCE /* O_PATH, syscall() */

#include "privilege/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are the same on every architecture (include/uapi/asm-generic/unistd.h). */
enum {
	CALL_CREATE_RULESET = 444,
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	CREATE_RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,
};

/* Rights to files, as include/uapi/linux/landlock.h numbers them. */
enum {
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_REG = 1 << 8,
	FS_TRUNCATE = 1 << 14, /* from version 3 on */
};

struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* How many rights to files each version knows: each later one adds to those before. */
static uint64_t known_file_rights(int version)
{
	static const unsigned rights[] = {13, 14, 15, 15, 16};
	unsigned last = sizeof(rights) / sizeof(rights[0]);
	unsigned place = (unsigned)version < last ? (unsigned)version : last;

	return (UINT64_C(1) << rights[place - 1]) - 1;
}

static uint64_t rights_of(enum landlock_use use)
{
	switch (use) {
	case LANDLOCK_READS:
		return FS_READ_FILE | FS_READ_DIR;
	case LANDLOCK_WRITES:
		return FS_READ_FILE | FS_WRITE_FILE | FS_MAKE_REG | FS_TRUNCATE;
	case LANDLOCK_REPLACES:
		return FS_WRITE_FILE | FS_MAKE_REG | FS_TRUNCATE | FS_REMOVE_FILE;
	}
	return 0;
}

int landlock_version(void)
{
	long version = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

/* Everything that this version can refuse. */
static int create_ruleset(int version)
{
	struct ruleset ruleset = {
		.files = known_file_rights(version),
		.network = version >= 4 ? 0x3 : 0, /* bind and connect TCP sockets */
		.scopes = version >= 6 ? 0x3 : 0,  /* abstract Unix sockets, signals */
	};
	size_t size = version >= 6   ? sizeof(ruleset)
		      : version >= 4 ? offsetof(struct ruleset, scopes)
				     : offsetof(struct ruleset, network);

	return (int)syscall(CALL_CREATE_RULESET, &ruleset, size, 0);
}

static bool add_rule(int ruleset, int version, const struct landlock_rule *rule)
{
	struct path_beneath beneath = {.allowed =
					       rights_of(rule->use) & known_file_rights(version)};
	long added;

	if (rule->directory == NULL)
		return true;
	beneath.parent_fd = open(rule->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return true;
	added = syscall(CALL_ADD_RULE, ruleset, RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
	return added == 0;
}

bool landlock_confine(const struct landlock_rule *rules, unsigned count)
{
	int version = landlock_version();
	int ruleset = version > 0 ? create_ruleset(version) : -1;
	bool confined = ruleset >= 0;
	int error;

	for (unsigned i = 0; i < count && confined; i++)
		confined = add_rule(ruleset, version, &rules[i]);
	confined = confined && syscall(CALL_RESTRICT_SELF, ruleset, 0) == 0;
	error = errno;
	if (ruleset >= 0)
		close(ruleset);
	errno = error;
	return confined;
}
