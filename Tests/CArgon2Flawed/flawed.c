// SPDX-License-Identifier: Apache-2.0

#include "include/flawed.h"

#include "../../Sources/CArgon2SIMD/block.h"

doorward_fill flawed_fill_portable;
#if defined(__x86_64__)
doorward_fill flawed_fill_avx2;
doorward_fill flawed_fill_avx512;
#endif

int doorward_flawed_argon2(doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count, int kernel) {
    doorward_fill *fill = flawed_fill_portable;
#if defined(__x86_64__)
    if (kernel == DOORWARD_KERNEL_AVX2) fill = flawed_fill_avx2;
    if (kernel == DOORWARD_KERNEL_AVX512) fill = flawed_fill_avx512;
#endif
    return doorward_argon2_supports(kernel) ? doorward_argon2_by(fill, cost, hashes, count) : -1;
}
