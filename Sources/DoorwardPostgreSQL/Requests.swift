// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// Requests as statements, and rows as replies.
struct Requests: Sendable {
    private let point: PreparedStatement
    private let several: PreparedStatement
    private let page: PreparedStatement
    private let walk: PreparedStatement
    private let walkOn: PreparedStatement
    private let commit: PreparedStatement
    private let increment: PreparedStatement
    private let purge: PreparedStatement
    /// Whether commits lock a row for their partition, where advisory locks do not lock.
    private let locksRows: Bool

    init(_ schema: Schema, locksRows: Bool) {
        self.locksRows = locksRows
        let records = schema.name + ".records"
        let columns = "partition, kind, id, value, version, expires"
        point = PreparedStatement(
            name: "point",
            sql: "SELECT \(columns) FROM \(records) WHERE partition = $1::bytea AND kind = $2::int AND id = $3::bytea")
        several = PreparedStatement(
            name: "several",
            sql: """
                SELECT \(columns) FROM unnest($2::int[], $3::bytea[]) AS c(wanted_kind, wanted_id)
                JOIN \(records) ON partition = $1::bytea AND kind = wanted_kind AND id = wanted_id
                """)
        page = PreparedStatement(
            name: "page",
            sql: """
                SELECT \(columns) FROM \(records) WHERE partition = $1::bytea AND kind = $2::int
                AND ($3::bytea IS NULL OR id > $3) AND (expires IS NULL OR expires > $4::bigint)
                ORDER BY id LIMIT $5::int
                """)
        walk = PreparedStatement(
            name: "walk", sql: "SELECT \(columns) FROM \(records) ORDER BY partition, kind, id LIMIT $1::int")
        walkOn = PreparedStatement(
            name: "walk_on",
            sql: """
                SELECT \(columns) FROM \(records) WHERE (partition, kind, id) > ($1::bytea, $2::int, $3::bytea)
                ORDER BY partition, kind, id LIMIT $4::int
                """)
        commit = PreparedStatement(
            name: "commit",
            sql: """
                SELECT \(schema.name).commit_changes($1::bytea, $2::bigint, $3::bigint, $4::bytea, $5::int[], $6::int[],
                $7::bytea[], $8::bytea[], $9::bytea[], $10::bigint[])
                """)
        increment = PreparedStatement(
            name: "increment",
            sql: """
                SELECT applied, total, ends FROM \(schema.name).increment_counter(
                $1::bytea, $2::int, $3::bytea, $4::bigint, $5::bigint, $6::bigint, $7::bigint)
                """)
        // The server's clock is the store's own. Rows that a commit has locked are left for another time.
        func purging(_ table: String, limit: String) -> String {
            """
            \(table)_old AS (
                SELECT partition, kind, id FROM \(schema.name).\(table)
                WHERE expires < least($1::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 3600000)
                ORDER BY expires LIMIT \(limit) FOR UPDATE SKIP LOCKED
            ), \(table)_gone AS (
                DELETE FROM \(schema.name).\(table) t USING \(table)_old o
                WHERE t.partition = o.partition AND t.kind = o.kind AND t.id = o.id RETURNING 1
            )
            """
        }
        purge = PreparedStatement(
            name: "purge",
            sql: """
                WITH \(purging("records", limit: "$2::int")),
                \(purging("counters", limit: "$2 - (SELECT count(*) FROM records_gone)"))
                SELECT (SELECT count(*) FROM records_gone), (SELECT count(*) FROM counters_gone)
                """)
    }

    func statement(for request: StoreRequest) -> BoundStatement {
        switch request {
        case .read(let keys, _):
            if keys.count == 1 { return BoundStatement(statement: point, parameters: Self.parameters(keys[0])) }
            return BoundStatement(
                statement: several,
                parameters: [
                    keys.first?.partition.bytes,
                    Wire.array(of: .int4, keys.map { Wire.int4(Int($0.kind.code)) }),
                    Wire.array(of: .bytea, keys.map(\.id.bytes)),
                ])
        case .list(let kind, let partition, let after, let limit, let now):
            return BoundStatement(
                statement: page,
                parameters: [
                    partition.bytes, Wire.int4(Int(kind.code)), after?.bytes, Wire.int8(now.milliseconds),
                    Wire.int4(limit),
                ])
        case .scan(let after, let limit):
            guard let after else { return BoundStatement(statement: walk, parameters: [Wire.int4(limit)]) }
            return BoundStatement(statement: walkOn, parameters: Self.parameters(after) + [Wire.int4(limit)])
        case .commit(let id, let changes, let now): return bind(id, changes, at: now)
        case .increment(let key, let amount, let ceiling, let expiresAt, let now):
            return BoundStatement(
                statement: increment,
                parameters: Self.parameters(key) + [
                    Wire.int8(Int64(amount)), ceiling.map { Wire.int8(Int64($0)) },
                    Wire.int8(expiresAt.milliseconds), Wire.int8(now.milliseconds),
                ])
        case .purge(let asked, let limit):
            return BoundStatement(
                statement: purge, parameters: [Wire.int8(asked.milliseconds), Wire.int4(limit)])
        }
    }

    private static func parameters(_ key: RecordKey) -> [[UInt8]?] {
        [key.partition.bytes, Wire.int4(Int(key.kind.code)), key.id.bytes]
    }

    private func bind(_ id: CommitID, _ changes: [RecordChange], at now: Timestamp) -> BoundStatement {
        var (actions, versions, contents, ends): ([[UInt8]?], [[UInt8]?], [[UInt8]?], [[UInt8]?]) = ([], [], [], [])
        for change in changes {
            var (action, version, content, end): (Int, CommitID?, [UInt8]?, Timestamp?)
            switch change {
            case .create(_, let value, let expiresAt): (action, version, content, end) = (0, nil, value, expiresAt)
            case .replace(_, let at, let value, let expiresAt):
                (action, version, content, end) = (1, at, value, expiresAt)
            case .remove(_, let at): (action, version, content, end) = (2, at, nil, nil)
            case .require(_, let at): (action, version, content, end) = (3, at, nil, nil)
            }
            actions.append(Wire.int4(action))
            versions.append(version?.bytes)
            contents.append(content)
            ends.append(end.map { Wire.int8($0.milliseconds) })
        }
        let partition = changes.first?.key.partition.bytes ?? []
        return BoundStatement(
            statement: commit,
            parameters: [
                partition, locksRows ? nil : Array(partition.prefix(8)), Wire.int8(now.milliseconds), id.bytes,
                Wire.array(of: .int4, actions),
                Wire.array(of: .int4, changes.map { Wire.int4(Int($0.key.kind.code)) }),
                Wire.array(of: .bytea, changes.map(\.key.id.bytes)), Wire.array(of: .bytea, versions),
                Wire.array(of: .bytea, contents), Wire.array(of: .int8, ends),
            ])
    }

    /// - Throws: `corrupt` for rows that are none of ours.
    func reply(to request: StoreRequest, _ rows: [ServerRow]) throws(StoreError) -> StoreReply {
        switch request {
        case .read(let keys, _):
            var found: [RecordKey: StoredRecord] = [:]
            for row in rows {
                let record = try Self.record(row)
                guard keys.contains(record.key) else {
                    throw StoreError(.corrupt, "a row is not the record that was asked for")
                }
                found[record.key] = record
            }
            return .records(keys.map { found[$0] })
        case .list, .scan:
            var page: [StoredRecord] = []
            for row in rows { page.append(try Self.record(row)) }
            return .page(page)
        case .commit(_, let changes, _):
            switch Wire.integer(rows.first?.first ?? nil) {
            case -1: return .commit(.committed)
            case let index? where changes.indices.contains(Int(index)): return .commit(.conflict(at: Int(index)))
            default: throw StoreError(.corrupt, "a row is not a record")
            }
        case .increment:
            guard let row = rows.first, row.count == 3, let isApplied = Wire.integer(row[0]),
                let value = Wire.integer(row[1]), let end = Wire.integer(row[2])
            else { throw StoreError(.corrupt, "a row is not a counter") }
            return .increment(
                IncrementOutcome(
                    isApplied: isApplied != 0, value: Int(value), expiresAt: Timestamp(milliseconds: end)))
        case .purge:
            guard let row = rows.first, row.count == 2,
                let records = Wire.integer(row[0]).flatMap({ Int16(exactly: $0) }),
                let counters = Wire.integer(row[1]).flatMap({ Int16(exactly: $0) })
            else { throw StoreError(.corrupt, "a purge was not counted") }
            return .count(Int(records) + Int(counters))
        }
    }

    private static func record(_ row: ServerRow) throws(StoreError) -> StoredRecord {
        guard row.count == 6, let partition = row[0].flatMap({ Partition(bytes: $0) }),
            let kind = Wire.integer(row[1]).flatMap({ UInt16(exactly: $0) }), let id = row[2].flatMap({ RecordID($0) }),
            let value = row[3], let version = row[4].flatMap({ CommitID(bytes: $0) })
        else { throw StoreError(.corrupt, "a row is not a record") }
        return StoredRecord(
            key: RecordKey(RecordKind(code: kind), in: partition, id: id), value: value, version: version,
            expiresAt: Wire.integer(row[5]).map { Timestamp(milliseconds: $0) })
    }
}
#endif
