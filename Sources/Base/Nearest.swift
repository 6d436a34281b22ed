extension Collection where Element == String {
    /// Returns the element that is most like `word`, or nil where none is near enough to be meant.
    ///
    /// Near means at most one third of the word's letters changed, and at least one allowed.
    package func nearest(to word: String) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars)
        var best: (distance: Int, element: String)?
        for element in self {
            let distance = editDistance(wanted, Array(element.lowercased().unicodeScalars))
            if distance < best?.distance ?? Int.max { best = (distance, element) }
        }
        guard let best, best.distance <= Swift.max(1, wanted.count / 3) else { return nil }
        return best.element
    }
}

/// Counts insertions, deletions, changes and swaps of neighbours between two words.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var before: [Int] = []
    var previous = Array(0...b.count)
    for i in 1...a.count {
        var current = [i] + Array(repeating: 0, count: b.count)
        for j in 1...b.count {
            let change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            current[j] = min(previous[j] + 1, current[j - 1] + 1, change)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                current[j] = min(current[j], before[j - 2] + 1)
            }
        }
        before = previous
        previous = current
    }
    return previous[b.count]
}
