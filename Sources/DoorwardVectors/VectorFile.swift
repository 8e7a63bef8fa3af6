// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// One source's published test vectors, in our notation: a JSON object with `source` and `vectors`, bytes in
/// hexadecimal. A vector with a `status` is outside what ships, and says why; `refused` ones must be refused.
package struct VectorFile: Sendable {
    package let name: String
    let vectors: [Vector]

    /// `nil` for what is not such a file.
    package init?(name: String, json: Data) {
        guard let file = try? JSONDecoder().decode(Contents.self, from: json), !file.vectors.isEmpty else { return nil }
        self.name = name
        vectors = file.vectors
    }

    /// The files that are part of the program.
    package static var builtIn: [VectorFile] {
        builtInTexts.compactMap { VectorFile(name: $0.name, json: Data($0.text.utf8)) }
    }

    /// Runs all vectors through the code that ships.
    package func run() -> VectorResult {
        var result = VectorResult()
        for (index, vector) in vectors.enumerated() {
            if vector.status == "out of scope" || vector.isBeyondThisBuild {
                result.outOfScope += 1
                continue
            }
            let passed = (try? vector.passes()) ?? false
            if !passed {
                result.failures.append(index + 1)
            } else if vector.status == "refused" {
                result.refused += 1
            } else {
                result.passed += 1
            }
        }
        return result
    }

    private struct Contents: Decodable {
        let source: String
        let vectors: [Vector]
    }
}

/// What a file came to. Refused and out-of-scope vectors count neither way.
package struct VectorResult: Sendable {
    package var passed = 0
    package var refused = 0
    package var outOfScope = 0
    /// Numbers of those that failed, from 1.
    package var failures: [Int] = []
}
