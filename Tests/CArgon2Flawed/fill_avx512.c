// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define FILL flawed_fill_avx512
#define ABREAST 4
#define LAST_ROTATION 62
#include "../../Sources/CArgon2SIMD/fill.inc.h"
#endif
