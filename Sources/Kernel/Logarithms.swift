import Glibc

/// What the standard library has no functions for.
extension Double {
    /// The logarithm to the base 2, see log2(3).
    package var binaryLogarithm: Double { log2(self) }

    /// Ten to the power of this number, see pow(3).
    package var powerOfTen: Double { pow(10, self) }
}
