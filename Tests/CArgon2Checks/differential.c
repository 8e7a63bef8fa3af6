// SPDX-License-Identifier: Apache-2.0

// Compares every kernel of this processor with libargon2, compiled as a service compiles it or with sanitizers: what the
// tests in Swift cannot, which are not optimised.
//
//   differential ROUNDS [SEED]

#include <argon2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../Sources/CArgon2SIMD/include/doorward_argon2.h"

enum { TOGETHER = 3, LONGEST_TAG = 130, LONGEST_INPUT = 200 };

static uint64_t state;

/// SplitMix64.
static uint64_t next(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static uint32_t between(uint32_t low, uint32_t high) { return low + (uint32_t)(next() % (high - low + 1)); }

/// Bytes that end where their memory ends, so that one too many is noticed.
static doorward_bytes some_bytes(uint32_t least, uint32_t most) {
    uint32_t count = between(least, most);
    uint8_t *bytes = malloc(count > 0 ? count : 1);
    for (uint32_t i = 0; i < count; i++) bytes[i] = (uint8_t)next();
    return (doorward_bytes){bytes, count};
}

static int by_library(doorward_argon2_cost cost, const doorward_argon2_hash *hash, uint8_t *tag) {
    argon2_context context = {
        .out = tag, .outlen = cost.tag_length,
        .pwd = (uint8_t *)hash->password.bytes, .pwdlen = hash->password.count,
        .salt = (uint8_t *)hash->salt.bytes, .saltlen = hash->salt.count,
        .secret = (uint8_t *)hash->secret.bytes, .secretlen = hash->secret.count,
        .ad = (uint8_t *)hash->associated_data.bytes, .adlen = hash->associated_data.count,
        .t_cost = cost.passes, .m_cost = cost.memory, .lanes = cost.lanes, .threads = 1, .version = ARGON2_VERSION_13,
    };
    return argon2_ctx(&context, (argon2_type)cost.type);
}

/// One to three hashes of one cost, together by each kernel. Returns how many tags were wrong.
static int compare(long *compared) {
    doorward_argon2_cost cost = {
        .type = between(0, 2), .passes = between(1, 3), .lanes = between(1, 6), .tag_length = between(4, LONGEST_TAG),
    };
    // Now and then a segment that needs new addresses.
    cost.memory = 8 * cost.lanes + (between(0, 19) == 0 ? between(1000, 3000) : between(0, 100));
    size_t size = doorward_argon2_memory_size(cost), count = between(1, TOGETHER);
    doorward_argon2_hash hashes[TOGETHER];
    uint8_t expected[TOGETHER][LONGEST_TAG];
    int wrong = 0;
    for (size_t n = 0; n < count; n++) {
        hashes[n] = (doorward_argon2_hash){
            some_bytes(0, LONGEST_INPUT), some_bytes(8, 64), some_bytes(0, 64), some_bytes(0, 64),
            aligned_alloc(64, size), malloc(cost.tag_length),
        };
        if (by_library(cost, &hashes[n], expected[n]) != ARGON2_OK) wrong++;
    }
    for (int kernel = DOORWARD_KERNEL_PORTABLE; kernel <= DOORWARD_KERNEL_AVX512; kernel++) {
        if (!doorward_argon2_supports(kernel)) continue;
        // Whatever another hash has left there.
        for (size_t n = 0; n < count; n++) memset(hashes[n].memory, 0xA5, size);
        if (doorward_argon2(cost, hashes, count, kernel) != 0) wrong++;
        for (size_t n = 0; n < count; n++) {
            ++*compared;
            if (memcmp(hashes[n].tag, expected[n], cost.tag_length) == 0) continue;
            wrong++;
            printf("kernel %d differs: type %u, m=%u, t=%u, p=%u, %zu together\n", kernel, cost.type, cost.memory,
                cost.passes, cost.lanes, count);
        }
    }
    for (size_t n = 0; n < count; n++) {
        free((void *)hashes[n].password.bytes), free((void *)hashes[n].salt.bytes);
        free((void *)hashes[n].secret.bytes), free((void *)hashes[n].associated_data.bytes);
        free(hashes[n].memory), free(hashes[n].tag);
    }
    return wrong;
}

int main(int count, char **arguments) {
    long rounds = count > 1 ? atol(arguments[1]) : 1000, compared = 0;
    state = count > 2 ? strtoull(arguments[2], NULL, 10) : 9106;
    int wrong = 0;
    for (long round = 0; round < rounds; round++) wrong += compare(&compared);
    int kernels = 0;
    for (int kernel = DOORWARD_KERNEL_PORTABLE; kernel <= DOORWARD_KERNEL_AVX512; kernel++) {
        kernels += doorward_argon2_supports(kernel);
    }
    printf("kernels: %d\n%ld tags compared with libargon2, %d differ\n", kernels, compared, wrong);
    return wrong != 0 || compared == 0;
}
