// SPDX-License-Identifier: Apache-2.0

#if CommandLineTool
import ArgumentParser
import Doorward

/// Where the secrets come from: hidden prompts, or standard input, one answer a line in the order of the prompts.
struct Answers {
    private let fromStandardInput: Bool

    /// - Throws: A usage error if nobody could answer.
    init(fromStandardInput: Bool) throws {
        guard fromStandardInput || Terminal.isInteractive else {
            throw ValidationError("This asks for secrets: run it in a terminal, or give --stdin.")
        }
        self.fromStandardInput = fromStandardInput
    }

    /// An answer that must be there.
    func required(_ prompt: String, field: String) throws -> String {
        guard let answer = try answer(prompt, field: field) else {
            throw MalformedInput(field: field, message: "No answer was given.")
        }
        return answer
    }

    /// An answer that may be missing or empty: then it is not given.
    func optional(_ prompt: String, field: String) throws -> String? {
        guard let answer = try answer(prompt, field: field), !answer.isEmpty else { return nil }
        return answer
    }

    func password(_ prompt: String = "Password", field: String = "password") throws -> Password {
        Password(try required(prompt, field: field))
    }

    /// A new password: typed twice at a terminal, read once from standard input.
    func newPassword() throws -> Password {
        let password = try required("New password", field: "newPassword")
        if !fromStandardInput, try required("The same again", field: "newPassword") != password {
            throw MalformedInput(field: "newPassword", message: "The two are not the same.")
        }
        return Password(password)
    }

    private func answer(_ prompt: String, field: String) throws -> String? {
        let line: [UInt8]
        if fromStandardInput {
            switch LineReader.standardInput.next() {
            case .line(let bytes): line = bytes
            case .tooLong: throw MalformedInput(field: field, message: "The answer is longer than 16 KiB.")
            case .end: return nil
            }
        } else {
            guard let bytes = Terminal.askHidden(prompt) else { return nil }
            guard bytes.count <= LineReader.limit else {
                throw MalformedInput(field: field, message: "The answer is longer than 16 KiB.")
            }
            line = bytes
        }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw MalformedInput(field: field, message: "The answer is not valid UTF-8.")
        }
        return text
    }
}

/// Input that is not what it should be.
struct MalformedInput: Error {
    let field: String
    let message: String
}
#endif
