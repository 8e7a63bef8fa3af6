// SPDX-License-Identifier: Apache-2.0

package import DoorwardCore

/// Methods in the order in which they were shown, without an allocation while they are our own and few: each session
/// check reads some.
package struct MethodList: Hashable, Sendable, CustomStringConvertible {
    /// Four bits each, the first lowest: 1 for a password, 2 for a one-time password, 3 for a recovery code.
    private var codes: UInt64 = 0
    /// All of them, once some service's own are among them, or more than sixteen are.
    private var others: [AuthenticationMethod]?

    private static let most = 16

    package init(_ methods: [AuthenticationMethod]) {
        for (place, method) in methods.enumerated() {
            guard place < Self.most, let code = Self.code(method) else {
                codes = 0
                others = methods
                return
            }
            codes |= code << UInt64(4 * place)
        }
    }

    package var all: [AuthenticationMethod] {
        if let others { return others }
        var (methods, rest): ([AuthenticationMethod], UInt64) = ([], codes)
        while let method = Self.method(rest & 15) {
            methods.append(method)
            rest >>= 4
        }
        return methods
    }

    package var description: String { "\(all)" }

    private static func code(_ method: AuthenticationMethod) -> UInt64? {
        (1...3).first { self.method($0) == method }
    }

    private static func method(_ code: UInt64) -> AuthenticationMethod? {
        switch code {
        case 1: .password
        case 2: .oneTimePassword
        case 3: .recoveryCode
        default: nil
        }
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
        self.init([])
        for place in 0..<(try reader.array()) {
            if others == nil, place < Self.most, let code = Self.takeCode(from: &reader) {
                codes |= code << UInt64(4 * place)
            } else {
                if others == nil { others = all }
                others?.append(AuthenticationMethod(rawValue: try reader.text()))
                codes = 0
            }
        }
    }

    private static func takeCode(from reader: inout CBORReader) -> UInt64? {
        if reader.takes("pwd") { return 1 }
        if reader.takes("otp") { return 2 }
        return reader.takes("recovery") ? 3 : nil
    }

    package func encode(to writer: inout CBORWriter) {
        let methods = all
        writer.array(count: methods.count)
        for method in methods { writer.text(method.rawValue) }
    }
}
