// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_BLOCK_H
#define DOORWARD_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "include/doorward_argon2.h"

/// A block of 1024 bytes (RFC 9106 § 3.4): 8 × 8 registers of 16 bytes, as 16 vectors of eight words.
///
/// The words are not in their order. P is applied to the rows and then to the columns of registers (§ 3.5). Vector 4 i + k
/// holds the registers of rows 2 i and 2 i + 1 in columns 2 k and 2 k + 1, column by column. So the vectors 4 i to 4 i + 3
/// are two rows, word for word one below the other as the rounds of P want them, and the vectors k, 4 + k, 8 + k, 12 + k
/// are two columns likewise: no word has to change its place between rows and columns.
typedef uint64_t doorward_vector __attribute__((vector_size(64)));
typedef struct {
    doorward_vector v[16];
} doorward_block;

/// Where the word of a number is.
static inline size_t doorward_place(size_t word) {
    size_t row = word / 16, column = word % 16 / 2;
    return (row / 2 * 4 + column / 2) * 8 + column % 2 * 4 + row % 2 * 2 + word % 2;
}

/// The word of a number; the first is in the first place.
static inline uint64_t doorward_word(const doorward_block *block, size_t word) {
    size_t place = doorward_place(word);
    return block->v[place / 8][place % 8];
}

static inline void doorward_set_word(doorward_block *block, size_t word, uint64_t value) {
    size_t place = doorward_place(word);
    block->v[place / 8][place % 8] = value;
}

/// Lanes of one slice that advance together, each by itself: of one hash or of several.
typedef struct {
    /// The whole memory of the hash.
    doorward_block *memory;
    uint32_t lane;
} doorward_lane;

/// Where in the hash they are.
typedef struct {
    uint32_t type, memory, passes, lanes;
    /// Blocks of a lane, and of a quarter of it.
    uint32_t lane_length, segment_length;
    uint32_t pass, slice;
} doorward_position;

/// How many lanes advance together: enough to hide the way to memory, few enough for the nearest cache.
enum { DOORWARD_TOGETHER = 4 };

/// Fills the segments of some lanes in one slice.
typedef void doorward_fill(const doorward_position *position, const doorward_lane *lanes, size_t count);

/// Computes hashes of one cost, together, by a kernel of the caller's. See `doorward_argon2`.
int doorward_argon2_by(
    doorward_fill *fill, doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count);

doorward_fill doorward_fill_portable;
#if defined(__x86_64__)
doorward_fill doorward_fill_avx2;
doorward_fill doorward_fill_avx512;
#endif

#endif
