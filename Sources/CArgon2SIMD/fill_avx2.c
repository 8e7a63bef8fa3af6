// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define FILL doorward_fill_avx2
#include "fill.inc.h"
#endif
