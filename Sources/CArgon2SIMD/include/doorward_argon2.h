// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_ARGON2_H
#define DOORWARD_ARGON2_H

#include <stddef.h>
#include <stdint.h>

/// Argon2 version 1.3 (RFC 9106), on one thread, in memory of the caller's.
///
/// Nothing is allocated and no thread is started. Lanes, and hashes that are computed together, advance block by block in
/// turn: while one is computed, what the next one refers to is on its way from memory.

/// y of RFC 9106 § 3.1.
enum { DOORWARD_ARGON2_D = 0, DOORWARD_ARGON2_I = 1, DOORWARD_ARGON2_ID = 2 };

/// What computes the compression function. All give the same bytes.
enum { DOORWARD_KERNEL_PORTABLE = 0, DOORWARD_KERNEL_AVX2 = 1, DOORWARD_KERNEL_AVX512 = 2 };

/// What is the same for hashes that are computed together.
typedef struct {
    uint32_t type;
    /// m, in KiB: at least 8 a lane.
    uint32_t memory;
    /// t, from 1.
    uint32_t passes;
    /// p: 1 to 0xFFFFFF.
    uint32_t lanes;
    /// T, in bytes, from 4.
    uint32_t tag_length;
} doorward_argon2_cost;

typedef struct {
    const uint8_t *bytes;
    uint32_t count;
} doorward_bytes;

/// One hash: what goes in, memory of `doorward_argon2_memory_size` bytes on a boundary of 64, and where the tag goes. The
/// memory holds secrets afterwards: wipe or unmap it.
typedef struct {
    doorward_bytes password, salt, secret, associated_data;
    uint8_t *memory;
    uint8_t *tag;
} doorward_argon2_hash;

/// Bytes of memory that a hash needs; 0 for a cost out of range.
size_t doorward_argon2_memory_size(doorward_argon2_cost cost);

/// Whether this processor has what a kernel takes.
int doorward_argon2_supports(int kernel);

/// Whether this was compiled with optimisation: without, it is slower than any library.
int doorward_argon2_is_optimized(void);

/// Computes hashes of one cost, together.
///
/// @return 0; -1 for a cost out of range, memory that is not aligned, or a kernel that this processor lacks: then nothing
/// was written.
int doorward_argon2(doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count, int kernel);

/// Fills memory with zeros, whether or not anybody reads it again.
void doorward_wipe(void *memory, size_t size);

#endif
