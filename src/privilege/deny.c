#include "privilege/deny.h"

#ifndef TCPBYE_HAS_SECCOMP

enum deny_result deny_calls(void)
{
	return DENY_UNAVAILABLE;
}

#else

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

static const int denied[] = {
	/* run something else */
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	/* talk to anybody: every socket that is needed is open */
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(connect),
	/* look into other processes, or take their files */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	/* go round the checks of names: file handles, other namespaces and mounts */
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(setns),
	SCMP_SYS(unshare),
	SCMP_SYS(mount),
	SCMP_SYS(move_mount),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	/* large parts of the kernel that many ways in have led through */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(add_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(request_key),
	/* change the kernel */
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
};

enum deny_result deny_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter == NULL ? -ENOMEM : 0;

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]) && error == 0; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	if (error == 0)
		error = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	errno = -error;
	return error == 0 ? DENY_DONE : DENY_FAILED;
}

#endif
