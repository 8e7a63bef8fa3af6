// SPDX-License-Identifier: Apache-2.0

import DoorwardCore
import DoorwardPasswords

/// Records like everybody's, and nobody's: read in the place of those that are not there, so that the time of an answer
/// tells nothing. (ASVS V6.3.8)
struct Decoys: Sendable {
    let name: Decoy<NameRecord>
    let account: Decoy<AccountRecord>
    let password: Decoy<PasswordRecord>

    init(like hash: StoredHash, random: some RandomSource) {
        let id = AccountID(from: random)
        name = Decoy(NameRecord(account: id))
        account = Decoy(AccountRecord(account: id, name: "somebody", createdAt: Timestamp(seconds: 1_800_000_000)))
        password = Decoy(
            PasswordRecord(account: id, hash: hash, setAt: Timestamp(seconds: 1_800_000_000), random: random))
    }
}
