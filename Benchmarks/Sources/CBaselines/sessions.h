// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of records: a partition of 16 bytes, and an id of 32.
typedef struct { char partition[16], id[32]; } place;

// The place of a session, as a server makes it out of the token that was presented.
place session_place(unsigned number);
// The same for a session that is picked anew at each call, all over the table.
place any_session(void);
