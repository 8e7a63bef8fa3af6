// SPDX-License-Identifier: Apache-2.0

// With what every processor of its kind has: SSE2, NEON.
#define TARGET
#define FILL doorward_fill_portable
#include "fill.inc.h"
