// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CSYSTEM_SHIM_H
#define DOORWARD_CSYSTEM_SHIM_H

#include <stddef.h>
#include <stdint.h>

// Declared here rather than included: Swift's Glibc module leaves these headers out, and including them would make a
// second copy of their types in this module.

/// getrandom(2).
extern long getrandom(void *buffer, size_t length, unsigned int flags);

/// eventfd(2): its flags are those of open(2).
extern int eventfd(unsigned int count, int flags);

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

/// clock_gettime(2) with the two fields of a timespec.
extern int doorward_clock_gettime(int clock, long time[2]) __asm__("clock_gettime");

/// Milliseconds since 1970-01-01T00:00:00Z by the machine's clock, cut to what 64 bits hold; 0 if it has none.
static inline int64_t doorward_wall_clock(void) {
    long time[2];
    if (doorward_clock_gettime(0, time) != 0) return 0;
    int64_t milliseconds;
    if (__builtin_mul_overflow((int64_t)time[0], 1000, &milliseconds) ||
        __builtin_add_overflow(milliseconds, time[1] / 1000000, &milliseconds)) {
        return time[0] < 0 ? INT64_MIN : INT64_MAX;
    }
    return milliseconds;
}

#endif
