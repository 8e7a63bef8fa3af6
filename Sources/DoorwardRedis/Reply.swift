// SPDX-License-Identifier: Apache-2.0

#if Redis
import CHiredis
import DoorwardCore

// This file and Link.swift alone know hiredis.

/// What Redis answers.
enum RedisValue {
    case bytes([UInt8])
    case integer(Int64)
    case array([RedisValue])
    case status(String)
    case error(String)
    case null
}

/// What Redis answered where hiredis has put it, lent to whoever looks at it.
@safe struct Reply {
    private let pointer: UnsafeMutablePointer<redisReply>

    init(_ pointer: UnsafeMutablePointer<redisReply>) { unsafe self.pointer = unsafe pointer }

    private var sort: Int32 { unsafe pointer.pointee.type }

    var isNull: Bool { sort == REDIS_REPLY_NIL }

    /// What Redis says against a command.
    var error: String? { sort == REDIS_REPLY_ERROR ? text : nil }

    /// Lends a value's bytes; `nil` if it has none.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws(StoreError) -> R) throws(StoreError) -> R? {
        guard sort == REDIS_REPLY_STRING else { return nil }
        return try unsafe body(characters)
    }

    /// As many as there are elements; `nil` if it is no array.
    var elements: Range<Int>? { sort == REDIS_REPLY_ARRAY ? 0..<(unsafe pointer.pointee.elements) : nil }

    /// `nil` for an element that is not there.
    func element(_ place: Int) -> Reply? {
        guard let elements, elements.contains(place), let element = unsafe pointer.pointee.element[place] else {
            return nil
        }
        return unsafe Reply(element)
    }

    /// A copy, of arrays within arrays not below the fourth.
    var value: RedisValue { value(depth: 0) }

    private func value(depth: Int) -> RedisValue {
        switch sort {
        case REDIS_REPLY_STRING: return .bytes(unsafe Array(characters))
        case REDIS_REPLY_INTEGER: return .integer(unsafe pointer.pointee.integer)
        case REDIS_REPLY_STATUS: return .status(text)
        case REDIS_REPLY_ERROR: return .error(text)
        case REDIS_REPLY_ARRAY where depth < 4:
            return .array((elements ?? 0..<0).map { element($0)?.value(depth: depth + 1) ?? .null })
        default: return .null
        }
    }

    private var characters: UnsafeRawBufferPointer {
        guard let start = unsafe pointer.pointee.str else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: start, count: pointer.pointee.len)
    }

    private var text: String { unsafe String(decoding: characters, as: UTF8.self) }
}
#endif
