import Base

/// Bytes lent for the length of a call. (`Base.Span` is a duration.)
package typealias ByteSpan = Swift.Span<UInt8>
