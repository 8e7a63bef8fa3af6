// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CSYSTEM_SHIM_H
#define DOORWARD_CSYSTEM_SHIM_H

#include <stddef.h>

// Declared here rather than included: Swift's Glibc module leaves these headers out, and including them would make a
// second copy of their types in this module.

/// getrandom(2).
extern long getrandom(void *buffer, size_t length, unsigned int flags);

// prctl(2) is variadic, which Swift does not import.
extern int prctl(int option, ...);

/// PR_SET_NAME: names the calling thread, at most 15 bytes.
static inline int doorward_name_thread(const char *name) { return prctl(15, (unsigned long)name, 0ul, 0ul, 0ul); }

/// PR_SET_DUMPABLE: no core dump of this process, and no debugger of another user's.
static inline int doorward_forbid_dumps(void) { return prctl(4, 0ul, 0ul, 0ul, 0ul); }

// Of posix_spawn(3) and pipe(2), what only GNU and newer POSIX have; the first argument is a posix_spawn_file_actions_t.
extern int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int lowest);
extern int pipe2(int ends[2], int flags);

#endif
