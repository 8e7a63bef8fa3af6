// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_BLAKE2B_H
#define DOORWARD_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

/// BLAKE2b without a key (RFC 7693).
typedef struct {
    uint64_t h[8];
    uint64_t counter;
    uint8_t buffer[128];
    size_t filled;
    size_t length;
} doorward_blake2b;

/// @param length Of the digest: 1 to 64 bytes.
void doorward_blake2b_begin(doorward_blake2b *state, size_t length);
void doorward_blake2b_add(doorward_blake2b *state, const void *bytes, size_t count);
/// Writes the digest and wipes the state.
void doorward_blake2b_end(doorward_blake2b *state, uint8_t *digest);

/// H', the variable-length hash of RFC 9106 § 3.3, of two inputs in a row.
void doorward_long_hash(
    uint8_t *digest, uint32_t length, const void *first, size_t first_count, const void *second, size_t second_count);

static inline void doorward_store32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static inline void doorward_store64(uint8_t *to, uint64_t value) {
    for (int i = 0; i < 8; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t doorward_load64(const uint8_t *from) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}

#endif
