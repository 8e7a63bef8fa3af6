// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Whether it can be what somebody calls a thing of theirs: at most 64 bytes, nothing that moves a terminal's cursor
    /// or turns the text around.
    package var isPlainLabel: Bool {
        utf8.count <= 64
            && unicodeScalars.allSatisfy {
                ![.control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse]
                    .contains($0.properties.generalCategory)
            }
    }
}
