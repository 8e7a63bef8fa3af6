// SPDX-License-Identifier: Apache-2.0

#define TARGET
#define FILL flawed_fill_portable
#define LAST_ROTATION 62
#include "../../Sources/CArgon2SIMD/fill.inc.h"
