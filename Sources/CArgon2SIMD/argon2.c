// SPDX-License-Identifier: Apache-2.0

#include "include/doorward_argon2.h"

#include <string.h>

#include "blake2b.h"
#include "block.h"

enum { SLICES = 4 };

void doorward_wipe(void *memory, size_t size) {
    memset(memory, 0, size);
    // The compiler must take it for read.
    __asm__ volatile("" : : "r"(memory) : "memory");
}

int doorward_argon2_supports(int kernel) {
    switch (kernel) {
    case DOORWARD_KERNEL_PORTABLE: return 1;
#if defined(__x86_64__)
    case DOORWARD_KERNEL_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case DOORWARD_KERNEL_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
    default: return 0;
    }
}

int doorward_argon2_is_optimized(void) {
#ifdef __OPTIMIZE__
    return 1;
#else
    return 0;
#endif
}

static doorward_fill *fill_of(int kernel) {
#if defined(__x86_64__)
    if (kernel == DOORWARD_KERNEL_AVX512) return doorward_fill_avx512;
    if (kernel == DOORWARD_KERNEL_AVX2) return doorward_fill_avx2;
#endif
    return doorward_fill_portable;
}

/// Blocks of a quarter of a lane; 0 for a cost out of range (RFC 9106 § 3.1).
static uint32_t segment_length(doorward_argon2_cost cost) {
    if (cost.type > DOORWARD_ARGON2_ID || cost.passes < 1 || cost.tag_length < 4) return 0;
    if (cost.lanes < 1 || cost.lanes > 0xFFFFFF || cost.memory < 8 * cost.lanes) return 0;
    return cost.memory / (SLICES * cost.lanes);
}

size_t doorward_argon2_memory_size(doorward_argon2_cost cost) {
    uint64_t size = (uint64_t)segment_length(cost) * SLICES * cost.lanes * sizeof(doorward_block);
    return size <= SIZE_MAX ? (size_t)size : 0;
}

static void add(doorward_blake2b *state, doorward_bytes field) {
    uint8_t count[4];
    doorward_store32(count, field.count);
    doorward_blake2b_add(state, count, sizeof count);
    if (field.count > 0) doorward_blake2b_add(state, field.bytes, field.count);
}

/// H0 (RFC 9106 § 3.2).
static void prehash(doorward_argon2_cost cost, const doorward_argon2_hash *hash, uint8_t digest[64]) {
    const uint32_t numbers[6] = {cost.lanes, cost.tag_length, cost.memory, cost.passes, 0x13, cost.type};
    uint8_t bytes[24];
    doorward_blake2b state;
    for (int i = 0; i < 6; i++) doorward_store32(bytes + 4 * i, numbers[i]);
    doorward_blake2b_begin(&state, 64);
    doorward_blake2b_add(&state, bytes, sizeof bytes);
    add(&state, hash->password);
    add(&state, hash->salt);
    add(&state, hash->secret);
    add(&state, hash->associated_data);
    doorward_blake2b_end(&state, digest);
}

/// The first two blocks of every lane.
static void begin(doorward_argon2_cost cost, const doorward_argon2_hash *hash, uint32_t lane_length) {
    uint8_t digest[64], place[8], bytes[sizeof(doorward_block)];
    doorward_block *memory = (doorward_block *)hash->memory;
    prehash(cost, hash, digest);
    for (uint32_t lane = 0; lane < cost.lanes; lane++) {
        for (uint32_t column = 0; column < 2; column++) {
            doorward_store32(place, column);
            doorward_store32(place + 4, lane);
            doorward_long_hash(bytes, sizeof bytes, digest, sizeof digest, place, sizeof place);
            doorward_block *block = memory + (size_t)lane * lane_length + column;
            for (size_t i = 0; i < 128; i++) doorward_set_word(block, i, doorward_load64(bytes + 8 * i));
        }
    }
    doorward_wipe(digest, sizeof digest);
    doorward_wipe(bytes, sizeof bytes);
}

/// The tag, of the last blocks of all lanes.
static void end(doorward_argon2_cost cost, const doorward_argon2_hash *hash, uint32_t lane_length) {
    const doorward_block *memory = (const doorward_block *)hash->memory;
    doorward_block sum = memory[lane_length - 1];
    uint8_t bytes[sizeof(doorward_block)];
    for (uint32_t lane = 1; lane < cost.lanes; lane++) {
        const doorward_block *last = memory + (size_t)lane * lane_length + lane_length - 1;
        for (int i = 0; i < 16; i++) sum.v[i] ^= last->v[i];
    }
    for (size_t i = 0; i < 128; i++) doorward_store64(bytes + 8 * i, doorward_word(&sum, i));
    doorward_long_hash(hash->tag, cost.tag_length, bytes, sizeof bytes, NULL, 0);
    doorward_wipe(bytes, sizeof bytes);
    doorward_wipe(&sum, sizeof sum);
}

int doorward_argon2(doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count, int kernel) {
    return doorward_argon2_supports(kernel) ? doorward_argon2_by(fill_of(kernel), cost, hashes, count) : -1;
}

int doorward_argon2_by(
    doorward_fill *fill, doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count
) {
    uint32_t segment = segment_length(cost);
    if (segment == 0) return -1;
    for (size_t n = 0; n < count; n++) {
        if ((uintptr_t)hashes[n].memory % _Alignof(doorward_block) != 0) return -1;
    }
    doorward_position position = {
        .type = cost.type,
        .memory = segment * SLICES * cost.lanes,
        .passes = cost.passes,
        .lanes = cost.lanes,
        .lane_length = segment * SLICES,
        .segment_length = segment,
    };
    for (size_t n = 0; n < count; n++) begin(cost, &hashes[n], position.lane_length);
    for (position.pass = 0; position.pass < cost.passes; position.pass++) {
        for (position.slice = 0; position.slice < SLICES; position.slice++) {
            doorward_lane together[DOORWARD_TOGETHER];
            size_t waiting = 0;
            for (size_t n = 0; n < count; n++) {
                for (uint32_t lane = 0; lane < cost.lanes; lane++) {
                    together[waiting++] = (doorward_lane){(doorward_block *)hashes[n].memory, lane};
                    if (waiting < DOORWARD_TOGETHER) continue;
                    fill(&position, together, waiting);
                    waiting = 0;
                }
            }
            if (waiting > 0) fill(&position, together, waiting);
        }
    }
    for (size_t n = 0; n < count; n++) end(cost, &hashes[n], position.lane_length);
    return 0;
}
