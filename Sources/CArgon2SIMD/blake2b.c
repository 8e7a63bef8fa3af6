// SPDX-License-Identifier: Apache-2.0

#include "blake2b.h"

#include <string.h>

#include "include/doorward_argon2.h"

// RFC 7693 § 2.6.
static const uint64_t iv[8] = {
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
};

// RFC 7693 § 2.7; rounds 10 and 11 are 0 and 1 again.
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline uint64_t rotate_right(uint64_t x, int n) { return x >> n | x << (64 - n); }

static inline void mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x;
    v[d] = rotate_right(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 63);
}

static void compress(doorward_blake2b *state, int is_last) {
    uint64_t m[16], v[16];
    for (int i = 0; i < 16; i++) m[i] = doorward_load64(state->buffer + 8 * i);
    memcpy(v, state->h, sizeof state->h);
    memcpy(v + 8, iv, sizeof iv);
    v[12] ^= state->counter;
    if (is_last) v[14] = ~v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *s = sigma[round % 10];
        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; i++) state->h[i] ^= v[i] ^ v[i + 8];
    doorward_wipe(m, sizeof m);
    doorward_wipe(v, sizeof v);
}

void doorward_blake2b_begin(doorward_blake2b *state, size_t length) {
    memset(state, 0, sizeof *state);
    memcpy(state->h, iv, sizeof iv);
    state->h[0] ^= 0x01010000 ^ length;
    state->length = length;
}

void doorward_blake2b_add(doorward_blake2b *state, const void *bytes, size_t count) {
    const uint8_t *from = bytes;
    while (count > 0) {
        // The last block is compressed at the end, even if it is full.
        if (state->filled == sizeof state->buffer) {
            state->counter += sizeof state->buffer;
            compress(state, 0);
            state->filled = 0;
        }
        size_t room = sizeof state->buffer - state->filled;
        size_t part = count < room ? count : room;
        memcpy(state->buffer + state->filled, from, part);
        state->filled += part;
        from += part;
        count -= part;
    }
}

void doorward_blake2b_end(doorward_blake2b *state, uint8_t *digest) {
    uint8_t bytes[64];
    state->counter += state->filled;
    memset(state->buffer + state->filled, 0, sizeof state->buffer - state->filled);
    compress(state, 1);
    for (int i = 0; i < 8; i++) doorward_store64(bytes + 8 * i, state->h[i]);
    memcpy(digest, bytes, state->length);
    doorward_wipe(bytes, sizeof bytes);
    doorward_wipe(state, sizeof *state);
}

void doorward_long_hash(
    uint8_t *digest, uint32_t length, const void *first, size_t first_count, const void *second, size_t second_count
) {
    uint8_t prefix[4], v[64];
    doorward_blake2b state;
    doorward_store32(prefix, length);
    doorward_blake2b_begin(&state, length < 64 ? length : 64);
    doorward_blake2b_add(&state, prefix, sizeof prefix);
    doorward_blake2b_add(&state, first, first_count);
    if (second_count > 0) doorward_blake2b_add(&state, second, second_count);
    if (length <= 64) {
        doorward_blake2b_end(&state, digest);
        return;
    }
    doorward_blake2b_end(&state, v);
    // Half of each digest; the last is given whole.
    while (length > 64) {
        memcpy(digest, v, 32);
        digest += 32;
        length -= 32;
        doorward_blake2b_begin(&state, length < 64 ? length : 64);
        doorward_blake2b_add(&state, v, sizeof v);
        doorward_blake2b_end(&state, v);
    }
    memcpy(digest, v, length);
    doorward_wipe(v, sizeof v);
}
