// SPDX-License-Identifier: Apache-2.0

/// Names a key of a ring: 8 random bytes, not secret.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// `nil` unless there are 8 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self.bytes = Array(bytes)
    }

    fileprivate init(from random: some RandomSource) { bytes = random.bytes(8) }

    public var description: String { Hex.encode(bytes) }
}

/// The service's own secrets as they are kept: named 32-byte keys, each with the time from which it is the active one.
///
/// As text it has one line a key, after the line `doorward-keys 1`: the id in hexadecimal, the key in Base64url, and
/// when it becomes active, in milliseconds since 1970.
public struct KeySet: Sendable {
    package struct Key: Sendable {
        package let id: KeyID
        package let material: Secret
        package let activeFrom: Timestamp
    }

    /// In the order in which they become active; never empty.
    package let keys: [Key]

    /// A fresh key, active at once.
    public init(generating random: some RandomSource = SystemRandomSource()) {
        keys = [Self.makeKey(activeFrom: Timestamp(milliseconds: 0), random: random)]
    }

    /// `nil` unless there is a key, each has 32 bytes, and ids and times differ.
    private init?(_ keys: [Key]) {
        guard !keys.isEmpty, keys.allSatisfy({ $0.material.count == 32 }), Set(keys.map(\.id)).count == keys.count,
            Set(keys.map(\.activeFrom)).count == keys.count
        else { return nil }
        self.keys = keys.sorted { $0.activeFrom < $1.activeFrom }
    }

    private static func makeKey(activeFrom: Timestamp, random: some RandomSource) -> Key {
        Key(id: KeyID(from: random), material: Secret(copying: random.bytes(32)), activeFrom: activeFrom)
    }

    /// The one that new data is made under.
    package func active(at now: Timestamp) -> KeyID {
        (keys.last { $0.activeFrom <= now } ?? keys[0]).id
    }

    /// Until when a key was the active one; `nil` while it is, or is to be.
    package func replacedAt(_ id: KeyID, at now: Timestamp) -> Timestamp? {
        guard let place = keys.firstIndex(where: { $0.id == id }), place + 1 < keys.count else { return nil }
        let next = keys[place + 1].activeFrom
        return next <= now ? next : nil
    }

    /// With one more, which becomes active then; `nil` if another one does.
    package func adding(activeFrom: Timestamp, random: some RandomSource) -> KeySet? {
        KeySet(keys + [Self.makeKey(activeFrom: activeFrom, random: random)])
    }

    /// Without one; `nil` if none would be left.
    package func removing(_ id: KeyID) -> KeySet? { KeySet(keys.filter { $0.id != id }) }
}

// MARK: - As text

extension KeySet {
    private static let heading = "doorward-keys 1"

    /// - Throws: `unavailable` for what is no such text.
    public init(parsing text: Secret) throws(StoreError) {
        var bytes = text.copyBytes()
        defer { wipe(&bytes) }
        guard let set = Self.parse(bytes) else { throw StoreError(.unavailable, "the key ring's text is malformed") }
        self = set
    }

    private static func parse(_ bytes: [UInt8]) -> KeySet? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard lines.first == Substring(heading) else { return nil }
        var keys: [Key] = []
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count == 3, let id = Hex.decode(fields[0]).flatMap({ KeyID(bytes: $0) }),
                let material = Base64.urlSafe.decode(fields[1]), let activeFrom = Int64(fields[2]), activeFrom >= 0
            else { return nil }
            keys.append(
                Key(id: id, material: Secret(copying: material), activeFrom: Timestamp(milliseconds: activeFrom)))
        }
        return KeySet(keys)
    }

    /// The text that holds the keys themselves. For whoever keeps them.
    public func revealed() -> Secret {
        var text = Array((Self.heading + "\n").utf8)
        defer { wipe(&text) }
        for key in keys {
            let material = Base64.urlSafe.encode(key.material.copyBytes())
            text += Array("\(key.id) \(material) \(key.activeFrom.milliseconds)\n".utf8)
        }
        return Secret(copying: text)
    }
}

extension KeySet: Redacted {}
