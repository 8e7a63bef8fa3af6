// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
import DoorwardCore

/// The tables and functions of one store, in a PostgreSQL schema of their own.
struct Schema: Sendable {
    /// Quoted.
    let name: String

    /// - Throws: `misuse` for what is no plain name.
    init(_ name: String) throws(StoreError) {
        let letters = Set("abcdefghijklmnopqrstuvwxyz_")
        guard let first = name.first, letters.contains(first), name.count <= 40, !name.hasPrefix("pg_"),
            name.allSatisfy({ letters.contains($0) || ("0"..."9").contains($0) })
        else { throw StoreError(.misuse, "a schema's name has 1 to 40 of a-z, 0-9 and _, and begins with no digit") }
        self.name = "\"\(name)\""
    }

    /// What every function begins with, whatever became of the session's settings. Under another isolation level a
    /// commit's checks would stand on a snapshot that is older than its lock.
    private let guardSettings = """
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'doorward needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
        END IF;
        IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
            PERFORM set_config('synchronous_commit', 'on', true);
        END IF;
        """

    /// The step from each version to the next.
    var migrations: [String] { [first] }

    private var first: String {
        """
        CREATE TABLE \(name).records (
            partition bytea NOT NULL CHECK (octet_length(partition) = 16),
            kind integer NOT NULL CHECK (kind BETWEEN 0 AND 65535),
            id bytea NOT NULL CHECK (octet_length(id) <= 32),
            value bytea NOT NULL CHECK (octet_length(value) <= 65536),
            version bytea NOT NULL CHECK (octet_length(version) = 16),
            expires bigint,
            PRIMARY KEY (partition, kind, id)
        );
        CREATE INDEX records_by_expiry ON \(name).records (expires) WHERE expires IS NOT NULL;
        CREATE TABLE \(name).counters (
            partition bytea NOT NULL CHECK (octet_length(partition) = 16),
            kind integer NOT NULL CHECK (kind BETWEEN 0 AND 65535),
            id bytea NOT NULL CHECK (octet_length(id) <= 32),
            value bigint NOT NULL CHECK (value BETWEEN 0 AND 9007199254740992),
            expires bigint NOT NULL,
            PRIMARY KEY (partition, kind, id)
        );
        CREATE INDEX counters_by_expiry ON \(name).counters (expires);
        CREATE TABLE \(name).partition_locks (partition bytea PRIMARY KEY);

        -- 0 create, 1 replace, 2 remove, 3 require. Gives the place of the first failing change from 0, -1 when all was
        -- done, -2 when a row is not a record. Each statement sees what was committed before it began; so the lock is a
        -- statement of its own, and comes before the one that checks.
        CREATE FUNCTION \(name).commit_changes(
            place bytea, lock_number bigint, moment bigint, commit_id bytea, actions integer[], kinds integer[],
            ids bytea[], versions bytea[], contents bytea[], ends bigint[]
        ) RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
        DECLARE
            failing bigint;
            damaged boolean;
        BEGIN
            \(guardSettings)
            IF lock_number IS NULL THEN
                INSERT INTO \(name).partition_locks VALUES (place) ON CONFLICT DO NOTHING;
                PERFORM 1 FROM \(name).partition_locks l WHERE l.partition = place FOR UPDATE;
            ELSE
                PERFORM pg_advisory_xact_lock(lock_number);
            END IF;
            -- What a session check writes, in one statement; whatever it does not find is judged below.
            IF cardinality(actions) = 1 AND actions[1] = 1 THEN
                UPDATE \(name).records r SET value = contents[1], version = commit_id, expires = ends[1]
                WHERE r.partition = place AND r.kind = kinds[1] AND r.id = ids[1] AND r.version = versions[1]
                    AND (r.expires IS NULL OR r.expires > moment);
                IF FOUND THEN RETURN -1; END IF;
            END IF;
            SELECT
                min(c.number) FILTER (WHERE NOT (
                    (c.action = 2 AND c.version IS NULL) OR r.version IS NOT DISTINCT FROM c.version)),
                bool_or(octet_length(r.version) <> 16)
            INTO failing, damaged
            FROM unnest(actions, kinds, ids, versions) WITH ORDINALITY AS c(action, kind, id, version, number)
            LEFT JOIN \(name).records r ON r.partition = place AND r.kind = c.kind AND r.id = c.id
                AND (r.expires IS NULL OR r.expires > moment);
            IF damaged THEN RETURN -2; END IF;
            IF failing IS NOT NULL THEN RETURN failing - 1; END IF;
            IF 0 = ANY (actions) OR 1 = ANY (actions) THEN
                INSERT INTO \(name).records (partition, kind, id, value, version, expires)
                SELECT place, c.kind, c.id, c.content, commit_id, c.ending
                FROM unnest(actions, kinds, ids, contents, ends) AS c(action, kind, id, content, ending)
                WHERE c.action < 2
                ON CONFLICT (partition, kind, id) DO UPDATE
                SET value = excluded.value, version = excluded.version, expires = excluded.expires;
            END IF;
            IF 2 = ANY (actions) THEN
                DELETE FROM \(name).records r USING unnest(actions, kinds, ids) AS c(action, kind, id)
                WHERE c.action = 2 AND r.partition = place AND r.kind = c.kind AND r.id = c.id;
            END IF;
            RETURN -1;
        END
        $function$;

        CREATE FUNCTION \(name).increment_counter(
            place bytea, sort integer, name bytea, amount bigint, ceiling bigint, ending bigint, moment bigint,
            OUT applied boolean, OUT total bigint, OUT ends bigint
        ) LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $function$
        DECLARE
            bound bigint := least(ceiling, 9007199254740992);
        BEGIN
            \(guardSettings)
            applied := false;
            IF amount > 0 AND amount <= bound THEN
                INSERT INTO \(name).counters AS c (partition, kind, id, value, expires)
                VALUES (place, sort, name, amount, ending)
                ON CONFLICT (partition, kind, id) DO UPDATE SET
                    value = CASE WHEN c.expires > moment THEN c.value + amount ELSE amount END,
                    expires = CASE WHEN c.expires > moment THEN c.expires ELSE ending END
                WHERE c.expires <= moment OR c.value <= bound - amount
                RETURNING c.value, c.expires INTO total, ends;
                applied := FOUND;
            ELSIF amount < 0 THEN
                UPDATE \(name).counters c SET value = greatest(0, c.value + amount)
                WHERE c.partition = place AND c.kind = sort AND c.id = name AND c.expires > moment AND c.expires = ending
                RETURNING c.value, c.expires INTO total, ends;
                applied := FOUND;
            END IF;
            IF NOT applied THEN
                -- A statement of its own: the one before may not see what another has just made.
                SELECT c.value, c.expires INTO total, ends FROM \(name).counters c
                WHERE c.partition = place AND c.kind = sort AND c.id = name AND c.expires > moment;
                IF NOT FOUND THEN total := 0; ends := ending; END IF;
            END IF;
        END
        $function$;
        """
    }
}
#endif
