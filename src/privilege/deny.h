/*
 * System calls that are refused from some point on: those that an intruder would need to get
 * further, and that this program does not. A short list rather than one of all that is allowed,
 * which would have to follow each change of the C library.
 */
#ifndef TCPBYE_DENY_H
#define TCPBYE_DENY_H

enum deny_result {
	DENY_DONE,
	DENY_UNAVAILABLE, /* built without libseccomp */
	DENY_FAILED,      /* errno is set */
};

/* For the calling thread and those that it starts; the calls fail with EPERM. */
enum deny_result deny_calls(void);

#endif
