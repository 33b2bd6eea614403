#define _GNU_SOURCE /* setgroups() */

#include "privilege/privilege.h"

#include "privilege/deny.h"
#include "privilege/landlock.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef TCPBYE_HAS_CAP_NG
#include <cap-ng.h>
#endif

enum { PATH_MAX_BYTES = 4096 };

#define DEFAULT_USER "nobody"

static bool fail(struct privilege_report *report, const char *what, const char *why)
{
	snprintf(report->error, sizeof(report->error), "%.120s: %.120s", what, why);
	return false;
}

/* One more thing that stays open. */
static void weaken(struct privilege_report *report, const char *what)
{
	size_t used = strlen(report->weak);

	snprintf(report->weak + used, sizeof(report->weak) - used, "%s%s", used > 0 ? "; " : "",
		 what);
}

#ifdef TCPBYE_HAS_CAP_NG
static bool become(const struct passwd *user)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_change_id((int)user->pw_uid, (int)user->pw_gid,
			       CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING) == 0;
}

static bool lose_capabilities(struct privilege_report *report)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ||
	       fail(report, "capabilities cannot be given up", strerror(errno));
}
#else
/* To leave root is to lose its capabilities; those of another user stay. */
static bool become(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
	       setuid(user->pw_uid) == 0;
}

static bool lose_capabilities(struct privilege_report *report)
{
	weaken(report, "built without libcap-ng: capabilities are kept");
	return true;
}
#endif

/* A file that was made for root alone could not be opened again. */
static void hand_over(int fd, const struct passwd *user)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != 0 ||
	    status.st_size != 0)
		return;
	if (fchown(fd, user->pw_uid, user->pw_gid) != 0)
		return; /* then opening it again fails, and says so */
}

static bool change_user(const struct privilege_plan *plan, struct privilege_report *report)
{
	const char *name = plan->user != NULL ? plan->user : DEFAULT_USER;
	const struct passwd *user;

	if (geteuid() != 0) {
		if (plan->user == NULL)
			return lose_capabilities(report);
		return fail(report, plan->user, "only root can become another user (leave -Z out)");
	}
	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		return fail(report, name,
			    errno != 0 ? strerror(errno) : "no such user (name one with -Z)");
	if (plan->output != NULL)
		hand_over(plan->output_fd, user);
	if (user->pw_uid != 0 && !become(user))
		return fail(report, name, "cannot become this user");
	snprintf(report->user, sizeof(report->user), "%s", name);
	return true;
}

/* The directory that a file stands in; NULL without a file. */
static const char *directory_of(const char *file, char *room)
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;

	if (file == NULL)
		return NULL;
	if (slash == NULL)
		return ".";
	snprintf(room, PATH_MAX_BYTES, "%.*s", slash == file ? 1 : (int)(slash - file), file);
	return room;
}

static bool confine_files(const struct privilege_plan *plan)
{
	char output[PATH_MAX_BYTES], metrics[PATH_MAX_BYTES], state[PATH_MAX_BYTES];
	const struct landlock_rule rules[] = {
		{directory_of(plan->output, output), LANDLOCK_WRITES},
		{directory_of(plan->metrics_file, metrics), LANDLOCK_REPLACES},
		{directory_of(plan->state, state), LANDLOCK_REPLACES},
		{plan->temporary, LANDLOCK_WRITES},
		{"/sys/class/net", LANDLOCK_READS}, /* libpcap counts what interfaces drop */
		{"/sys/devices", LANDLOCK_READS},
	};

	return landlock_confine(rules, sizeof(rules) / sizeof(rules[0]));
}

static bool confine(const struct privilege_plan *plan, struct privilege_report *report)
{
	if (landlock_version() == 0)
		weaken(report, "this kernel has no Landlock: files are not confined");
	else if (!confine_files(plan))
		return fail(report, "files cannot be confined (--sandbox off goes without)",
			    strerror(errno));
	switch (deny_calls()) {
	case DENY_DONE:
		return true;
	case DENY_UNAVAILABLE:
		weaken(report, "built without libseccomp: system calls are not confined");
		return true;
	case DENY_FAILED:
		break;
	}
	return fail(report, "system calls cannot be confined (--sandbox off goes without)",
		    strerror(errno));
}

bool privilege_drop(const struct privilege_plan *plan, struct privilege_report *report)
{
	memset(report, 0, sizeof(*report));
	if (!change_user(plan, report))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(report, "new privileges cannot be given up", strerror(errno));
	if (plan->sandbox == PRIVILEGE_SANDBOX)
		return confine(plan, report);
	weaken(report, "the sandbox is off, as asked for");
	return true;
}
