// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Ratios as bars, with a mark where each should reach: a picture for the README.
struct Chart {
    let ratios: [Ratio]
    let machine: String

    private static let (row, left, width, top) = (22.0, 400.0, 420.0, 44.0)

    /// An SVG that can be read on light and on dark ground.
    var svg: String {
        let end = max(4, ratios.map { max($0.value, $0.bar ?? 0) }.max() ?? 1).rounded(.up)
        func place(_ value: Double) -> Double { Self.left + value / end * Self.width }
        let bottom = Self.top + Double(ratios.count) * Self.row
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"880\" height=\"\(Int(bottom + 30))\" "
                + "font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            text("How many times as fast as what stands behind the colon; the mark is the bar.", x: 10, y: 18, "start"),
        ]
        for mark in stride(from: 0, through: end, by: 1) {
            let x = place(mark)
            lines.append(line(x, Self.top, x, bottom, mark == 1 ? "#444444" : "#dddddd", 1))
            lines.append(text("\(Int(mark))", x: x, y: Self.top - 6, "middle"))
        }
        for (number, ratio) in ratios.enumerated() {
            let y = Self.top + Double(number) * Self.row
            let isReached = ratio.value >= ratio.bar ?? 0
            lines.append(text(ratio.name, x: Self.left - 8, y: y + 15, "end"))
            lines.append(
                "<rect x=\"\(tenths(Self.left))\" y=\"\(tenths(y + 4))\" "
                    + "width=\"\(tenths(place(ratio.value) - Self.left))\" height=\"14\" "
                    + "fill=\"\(isReached ? "#2b7a78" : "#c9852c")\"/>")
            if let bar = ratio.bar { lines.append(line(place(bar), y + 1, place(bar), y + 21, "#111111", 2)) }
            lines.append(
                text(
                    String(format: "%.2f", ratio.value), x: place(max(ratio.value, ratio.bar ?? 0)) + 6, y: y + 15,
                    "start"))
        }
        lines.append(text(machine, x: 10, y: bottom + 20, "start"))
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func text(_ text: String, x: Double, y: Double, _ anchor: String) -> String {
        let plain = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return "<text x=\"\(tenths(x))\" y=\"\(tenths(y))\" text-anchor=\"\(anchor)\" fill=\"#222222\">\(plain)</text>"
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String, _ width: Int) -> String {
        "<line x1=\"\(tenths(x1))\" y1=\"\(tenths(y1))\" x2=\"\(tenths(x2))\" y2=\"\(tenths(y2))\" "
            + "stroke=\"\(color)\" stroke-width=\"\(width)\"/>"
    }

    private func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
}

/// What the machine calls its processor.
func processorName() -> String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? "an unknown processor"
    return "\(model.trimmingCharacters(in: .whitespaces)), \(ProcessInfo.processInfo.activeProcessorCount) processors"
}
