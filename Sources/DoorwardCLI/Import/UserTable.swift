// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import Doorward
import Foundation

/// The table of users of another system, as a file.
///
/// As comma-separated values, with a heading that names the columns, or as one JSON object a line: `name` and `hash`, and
/// where wanted `disabled` and `mustChangePassword`. An empty hash is an account without a password. A column or
/// member of another name is refused: it might be a misspelt one of these.
struct UserTable {
    enum Format: String, CaseIterable { case csv, jsonl }

    struct Refusal: Error, Encodable {
        let line: Int
        let code: String
        let message: String
    }

    private enum Rows {
        case csv(CSVRows, columns: [Column])
        case lines(TextLines)
    }

    private enum Column: String, CaseIterable { case name, hash, disabled, mustChangePassword }

    private var rows: Rows

    init(path: String, format: Format) throws {
        let bytes = try FileBytes(path: path)
        guard format == .csv else {
            rows = .lines(TextLines(bytes))
            return
        }
        var csv = CSVRows(bytes)
        // Some programs begin a file with a byte order mark.
        let heading = try csv.next()?.fields?.map { $0.replacing("\u{FEFF}", with: "") } ?? []
        let columns = heading.compactMap(Column.init)
        guard columns.count == heading.count, Set(columns).count == columns.count,
            columns.contains(.name), columns.contains(.hash)
        else {
            throw MalformedInput(
                field: "file",
                message: "The first line must name the columns: name and hash; disabled, mustChangePassword or not.")
        }
        rows = .csv(csv, columns: columns)
    }

    /// The next account, or why a row is none; `nil` at the end.
    mutating func next() throws -> (line: Int, account: Result<ImportedAccount, Refusal>)? {
        switch rows {
        case .csv(var csv, let columns):
            defer { rows = .csv(csv, columns: columns) }
            guard let row = try csv.next() else { return nil }
            guard let fields = row.fields, fields.count == columns.count else {
                return (row.line, .malformed(row.line))
            }
            let values = Dictionary(uniqueKeysWithValues: zip(columns, fields))
            return (
                row.line,
                Self.account(row.line, values[.name], values[.hash], values[.disabled], values[.mustChangePassword])
            )
        case .lines(var lines):
            defer { rows = .lines(lines) }
            guard let row = try lines.next() else { return nil }
            guard let text = row.fields?.first,
                let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
                object.keys.allSatisfy({ Column(rawValue: $0) != nil }), object["hash"] != nil,
                let user = try? JSONDecoder().decode(JSONUser.self, from: Data(text.utf8))
            else { return (row.line, .malformed(row.line)) }
            return (
                row.line,
                Self.account(
                    row.line, user.name, user.hash ?? "", user.disabled.map(String.init),
                    user.mustChangePassword.map(String.init))
            )
        }
    }

    private struct JSONUser: Decodable {
        let name: String
        let hash: String?
        let disabled: Bool?
        let mustChangePassword: Bool?
    }

    private static func account(
        _ line: Int, _ name: String?, _ hash: String?, _ isDisabled: String?, _ mustChange: String?
    ) -> Result<ImportedAccount, Refusal> {
        guard let name, let hash, let isDisabled = truth(isDisabled), let mustChange = truth(mustChange) else {
            return .malformed(line)
        }
        do {
            return .success(
                ImportedAccount(
                    name: try LoginName(name), passwordHash: hash.isEmpty ? nil : try OldHash(parsing: hash),
                    isDisabled: isDisabled, mustChangePassword: mustChange))
        } catch let error as OldHashError {
            return .failure(Refusal(line: line, code: error.code, message: error.description))
        } catch {
            return .failure(Refusal(line: line, code: "name.malformed", message: "\(error)"))
        }
    }

    private static func truth(_ text: String?) -> Bool? {
        switch text {
        case nil, "", "false", "0": false
        case "true", "1": true
        default: nil
        }
    }
}

extension Result where Success == ImportedAccount, Failure == UserTable.Refusal {
    fileprivate static func malformed(_ line: Int) -> Self {
        .failure(UserTable.Refusal(line: line, code: "row.malformed", message: "the row is malformed"))
    }
}
#endif
