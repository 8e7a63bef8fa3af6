// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_FLAWED_H
#define DOORWARD_FLAWED_H

#include "../../../Sources/CArgon2SIMD/include/doorward_argon2.h"

/// As `doorward_argon2`, by a kernel whose last rotation is wrong. For the test that it is noticed.
int doorward_flawed_argon2(doorward_argon2_cost cost, const doorward_argon2_hash *hashes, size_t count, int kernel);

#endif
