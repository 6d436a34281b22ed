/// An open file that several values hold; it is closed when the last of them lets go.
package final class SharedDescriptor: Sendable {
    package let descriptor: Descriptor

    package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Takes over a number that the kernel, or a message, has just handed out.
    package convenience init(owning number: Int32) { self.init(Descriptor(owning: number)) }
}
