// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Devices that strangers cannot lock out by guessing.",
        discussion: "This one's token is in the file \"device\" of the state folder, or beside --session.",
        subcommands: [Remember.self, List.self, Forget.self])

    struct Remember: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Remember this device for whoever is signed in.")
        @Option(help: "What to call it.") var label = ""
        @Flag(help: "For 30 days it stands in for the second factor, at AAL1.") var trust = false
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withFreshSession { gatekeeper, fresh in
                let place = try deviceFile.prepare()
                let outcome = try await gatekeeper.rememberDevice(
                    fresh, label: label, replacing: deviceFile.read(), trusting: trust)
                return try Reply.of(outcome) { token in
                    try place.install(token)
                    return Reply(.ok, text: "Remembered: wrong guesses of others do not lock this device out.")
                }
            }
        }
    }

    struct List: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "List the devices, oldest first.")
        @OptionGroup var common: CommonOptions

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                guard let devices = try await gatekeeper.devices(of: token) else { return nil }
                var reply = Reply(.ok, ["devices": .array(devices.map { .device($0) })])
                reply.data = devices.map { device in
                    let trust = device.trustedUntil.map { "  trusted until \($0)" } ?? ""
                    return "\(device.id)  \(device.label)  used \(device.lastUsedAt)\(trust)"
                }
                return reply
            }
        }
    }

    struct Forget: ReplyingCommand {
        static let configuration = CommandConfiguration(abstract: "Forget devices.")
        @Argument(help: "The device's id.") var id: String?
        @Flag(help: "All of them.") var all = false
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (id != nil) != all else { throw ValidationError("Give one of ID and --all.") }
        }

        func reply() async throws -> Reply {
            try await withSession { gatekeeper, token in
                guard try await gatekeeper.session(for: token) != nil else { return nil }
                let device = id.flatMap { DeviceID($0) }
                guard all || device != nil else { return Reply(.notFound, text: "There is no such device.") }
                guard let count = try await gatekeeper.forgetDevices(token, device) else { return nil }
                if all || deviceFile.isOf(device) { try deviceFile.remove() }
                guard all || count > 0 else { return Reply(.notFound, text: "There is no such device.") }
                var reply = Reply(.ok, ["forgotten": .integer(count)])
                reply.data = ["\(count) forgotten"]
                return reply
            }
        }
    }
}

extension TokenFile<DeviceTokenKind> {
    /// Whether it holds the token of this device.
    fileprivate func isOf(_ device: DeviceID?) -> Bool { (try? read())?.id == device }
}

extension ReplyingCommand {
    var deviceFile: TokenFile<DeviceTokenKind> { TokenFile(path: common.devicePath, what: "the device file") }
}

extension JSONValue {
    fileprivate static func device(_ device: KnownDevice) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(device.id.description), "label": .string(device.label), "createdAt": .time(device.createdAt),
            "lastUsedAt": .time(device.lastUsedAt),
        ]
        members["trustedUntil"] = device.trustedUntil.map { .time($0) }
        return .object(members)
    }
}
#endif
