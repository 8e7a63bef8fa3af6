// SPDX-License-Identifier: Apache-2.0

// The one shape of all kernels. Whoever includes this says TARGET, the attribute of its functions, and FILL, the name of
// the one that is called; the compiler makes of the vectors what the target has.

#include <string.h>

#include "block.h"

// Functions that take a vector are inlined, so how one would be passed to another matters to nobody.
#pragma clang diagnostic ignored "-Wpsabi"

/// The last rotation (RFC 9106 § 3.6). Tests say another one, to show that it is noticed.
#ifndef LAST_ROTATION
#define LAST_ROTATION 63
#endif

#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE doorward_vector rotate_right(doorward_vector x, int n) { return x >> n | x << (64 - n); }

/// How many permutations go side by side, step by step: each by itself waits for its own results most of the time. As many
/// as there are registers for: more would go to memory and back.
#ifndef ABREAST
#define ABREAST 1
#endif

typedef doorward_vector rows[4];

/// a + b + 2 × the product of their lower halves, into a (RFC 9106 § 3.6).
INLINE void multiply_add(rows x[ABREAST], int a, int b) {
    doorward_vector product[ABREAST];
    for (int n = 0; n < ABREAST; n++) product[n] = (x[n][a] & 0xFFFFFFFF) * (x[n][b] & 0xFFFFFFFF);
    for (int n = 0; n < ABREAST; n++) x[n][a] += x[n][b];
    for (int n = 0; n < ABREAST; n++) product[n] += product[n];
    for (int n = 0; n < ABREAST; n++) x[n][a] += product[n];
}

/// a ^ b, rotated, into a.
INLINE void exclusive_rotate(rows x[ABREAST], int a, int b, int bits) {
    for (int n = 0; n < ABREAST; n++) x[n][a] ^= x[n][b];
    for (int n = 0; n < ABREAST; n++) x[n][a] = rotate_right(x[n][a], bits);
}

/// GB, on eight columns at once.
INLINE void mix(rows x[ABREAST]) {
    multiply_add(x, 0, 1);
    exclusive_rotate(x, 3, 0, 32);
    multiply_add(x, 2, 3);
    exclusive_rotate(x, 1, 2, 24);
    multiply_add(x, 0, 1);
    exclusive_rotate(x, 3, 0, 16);
    multiply_add(x, 2, 3);
    exclusive_rotate(x, 1, 2, LAST_ROTATION);
}

// Four words of each of two 4 × 4 matrices are in a vector: of two columns side by side, of two rows in turn by pairs.
#define COLUMNS_BY_1(x) __builtin_shufflevector(x, x, 1, 2, 3, 0, 5, 6, 7, 4)
#define COLUMNS_BY_2(x) __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5)
#define COLUMNS_BY_3(x) __builtin_shufflevector(x, x, 3, 0, 1, 2, 7, 4, 5, 6)
#define ROWS_BY_1(x) __builtin_shufflevector(x, x, 1, 4, 3, 6, 5, 0, 7, 2)
#define ROWS_BY_2(x) __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3)
#define ROWS_BY_3(x) __builtin_shufflevector(x, x, 5, 0, 7, 2, 1, 4, 3, 6)

#define SHUFFLE(WHICH, b, c, d)                                                                                        \
    do {                                                                                                               \
        for (int n = 0; n < ABREAST; n++) x[n][1] = WHICH##_BY_##b(x[n][1]);                                           \
        for (int n = 0; n < ABREAST; n++) x[n][2] = WHICH##_BY_##c(x[n][2]);                                           \
        for (int n = 0; n < ABREAST; n++) x[n][3] = WHICH##_BY_##d(x[n][3]);                                           \
    } while (0)

/// P (RFC 9106 § 3.6), twice at once: columns, then diagonals, which are brought below each other and back.
#define PERMUTE(WHICH)                                                                                                 \
    do {                                                                                                               \
        mix(x);                                                                                                        \
        SHUFFLE(WHICH, 1, 2, 3);                                                                                       \
        mix(x);                                                                                                        \
        SHUFFLE(WHICH, 3, 2, 1);                                                                                       \
    } while (0)

/// G (RFC 9106 § 3.5), into `next`; added to what is there from the second pass on. `next` may be one of the others.
///
/// @param z Room to work in, which holds as much as the block when it is done.
INLINE void compress(
    doorward_vector z[16], const doorward_block *a, const doorward_block *b, doorward_block *next, int adds
) {
    rows x[ABREAST];
    // Unrolled, more vectors would be at hand at once than there are registers.
#pragma clang loop unroll(disable)
    for (int i = 0; i < 4; i += ABREAST) {
        for (int n = 0; n < ABREAST; n++) {
            for (int k = 0; k < 4; k++) x[n][k] = a->v[4 * (i + n) + k] ^ b->v[4 * (i + n) + k];
        }
        PERMUTE(ROWS);
        for (int n = 0; n < ABREAST; n++) {
            for (int k = 0; k < 4; k++) z[4 * (i + n) + k] = x[n][k];
        }
    }
#pragma clang loop unroll(disable)
    for (int k = 0; k < 4; k += ABREAST) {
        for (int n = 0; n < ABREAST; n++) {
            for (int i = 0; i < 4; i++) x[n][i] = z[4 * i + k + n];
        }
        PERMUTE(COLUMNS);
        for (int i = 0; i < 4; i++) {
            for (int n = 0; n < ABREAST; n++) {
                int at = 4 * i + k + n;
                doorward_vector sum = x[n][i] ^ a->v[at] ^ b->v[at];
                next->v[at] = adds ? next->v[at] ^ sum : sum;
            }
        }
    }
}

INLINE void prefetch(const doorward_block *block) {
    for (int i = 0; i < 16; i++) __builtin_prefetch(&block->v[i]);
}

/// The next 128 values that choose references without looking at the data (RFC 9106 § 3.4.1.2).
INLINE void next_addresses(doorward_vector z[16], doorward_block *addresses, doorward_block *input) {
    doorward_block zero;
    memset(&zero, 0, sizeof zero);
    doorward_set_word(input, 6, doorward_word(input, 6) + 1);
    compress(z, &zero, input, addresses, 0);
    compress(z, &zero, addresses, addresses, 0);
}

/// The block that a value means at an index of a segment (RFC 9106 §§ 3.4.1.3, 3.4.2).
INLINE const doorward_block *reference(
    const doorward_position *position, const doorward_lane *lane, uint32_t index, uint64_t value
) {
    uint32_t segment = position->segment_length, length = position->lane_length;
    uint32_t chosen = position->pass == 0 && position->slice == 0 ? lane->lane : (uint32_t)(value >> 32) % position->lanes;
    // All that is finished, and of the own lane all but the block before; of another lane not its last while ours is new.
    uint32_t area = position->pass == 0 ? position->slice * segment : length - segment;
    if (chosen == lane->lane) {
        area += index - 1;
    } else if (index == 0) {
        area -= 1;
    }
    uint64_t x = (value & 0xFFFFFFFF) * (value & 0xFFFFFFFF) >> 32;
    uint32_t back = (uint32_t)(area * x >> 32);
    uint32_t start = position->pass == 0 || position->slice == 3 ? 0 : (position->slice + 1) * segment;
    uint64_t column = (uint64_t)start + (area - 1 - back);
    if (column >= length) column -= length;
    return lane->memory + (size_t)chosen * length + (size_t)column;
}

/// One lane on its way through a segment.
typedef struct {
    doorward_block *current;
    const doorward_block *before, *reference;
    doorward_block addresses, input;
} walker;

TARGET void FILL(const doorward_position *position, const doorward_lane *lanes, size_t count) {
    int is_independent = position->type == 1 || (position->type == 2 && position->pass == 0 && position->slice < 2);
    uint32_t begin = position->pass == 0 && position->slice == 0 ? 2 : 0;
    walker walkers[DOORWARD_TOGETHER];
    doorward_vector z[16];
    for (size_t n = 0; n < count; n++) {
        walker *w = &walkers[n];
        doorward_block *start = lanes[n].memory + (size_t)lanes[n].lane * position->lane_length;
        w->current = start + (size_t)position->slice * position->segment_length + begin;
        w->before = w->current == start ? start + position->lane_length - 1 : w->current - 1;
        w->reference = NULL;
        if (!is_independent) continue;
        memset(&w->input, 0, sizeof w->input);
        const uint64_t words[6] = {
            position->pass, lanes[n].lane, position->slice, position->memory, position->passes, position->type,
        };
        for (size_t i = 0; i < 6; i++) doorward_set_word(&w->input, i, words[i]);
        if (begin != 0) next_addresses(z, &w->addresses, &w->input);
    }
    for (uint32_t index = begin; index < position->segment_length; index++) {
        for (size_t n = 0; n < count; n++) {
            walker *w = &walkers[n];
            if (w->reference == NULL) {
                // The first of its segment.
                uint64_t value = w->before->v[0][0];
                if (is_independent) {
                    if (index % 128 == 0) next_addresses(z, &w->addresses, &w->input);
                    value = doorward_word(&w->addresses, index % 128);
                }
                w->reference = reference(position, &lanes[n], index, value);
            }
            if (position->pass == 0) {
                compress(z, w->before, w->reference, w->current, 0);
            } else {
                compress(z, w->before, w->reference, w->current, 1);
            }
            w->before = w->current;
            w->current += 1;
            if (index + 1 == position->segment_length) continue;
            uint64_t value = w->before->v[0][0];
            if (is_independent) {
                if ((index + 1) % 128 == 0) next_addresses(z, &w->addresses, &w->input);
                value = doorward_word(&w->addresses, (index + 1) % 128);
            }
            w->reference = reference(position, &lanes[n], index + 1, value);
            // It arrives while the others are computed.
            if (count > 1 || is_independent) prefetch(w->reference);
        }
    }
    doorward_wipe(z, sizeof z);
}

#undef INLINE
