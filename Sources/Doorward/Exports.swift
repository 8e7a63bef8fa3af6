// SPDX-License-Identifier: Apache-2.0

// `import Doorward` is enough to name everything that the facade takes and gives.
@_exported public import DoorwardAudit
@_exported public import DoorwardCore
@_exported public import DoorwardLockout
@_exported public import DoorwardOTP
@_exported public import DoorwardPasswords
@_exported public import DoorwardSessions
