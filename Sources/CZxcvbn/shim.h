// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CZXCVBN_SHIM_H
#define DOORWARD_CZXCVBN_SHIM_H

#if !__has_include(<zxcvbn.h>)
#error "libzxcvbn headers are missing: install libzxcvbn-dev"
#endif

#include <zxcvbn.h>

#endif
