// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define FILL doorward_fill_avx512
// 32 registers: a whole block, and half as much to work with.
#define ABREAST 4
#include "fill.inc.h"
#endif
