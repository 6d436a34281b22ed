import CKernel
import Glibc

/// What of this process lies in memory.
package enum ResidentMemory {
    /// Lets go of what the start needed and a long wait does not: free memory of the allocator, and
    /// every page of program text and constants. What is used again comes back from the page cache.
    ///
    /// A small process that waits most of its life weighs a third of what it does otherwise.
    /// See malloc_trim(3), madvise(2) MADV_DONTNEED, dl_iterate_phdr(3).
    package static func settle() {
        _ = malloc_trim(0)
        _ = unsafe dl_iterate_phdr(
            { object, _, _ in
                guard let object = unsafe object?.pointee else { return 0 }
                for index in 0..<Int(unsafe object.dlpi_phnum) {
                    let segment = unsafe object.dlpi_phdr[index]
                    // Only segments that are never written, not even by the dynamic linker: a page
                    // of any other may hold what no file does.
                    guard segment.p_type == UInt32(PT_LOAD), segment.p_flags & UInt32(PF_W) == 0
                    else {
                        continue
                    }
                    let page = UInt(sysconf(CInt(_SC_PAGESIZE))) - 1
                    let start = UInt(unsafe object.dlpi_addr) + UInt(segment.p_vaddr)
                    let end = (start + UInt(segment.p_memsz) + page) & ~page
                    // A refusal costs memory and nothing else.
                    _ = unsafe madvise(
                        UnsafeMutableRawPointer(bitPattern: start & ~page),
                        Int(end - (start & ~page)),
                        MADV_DONTNEED)
                }
                return 0
            }, nil)
    }

    /// Waits until a descriptor is readable; after a second of silence memory is let go first, and
    /// the wait goes on with hardly a page in use.
    package static func settle(until descriptor: borrowing Descriptor) {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&entry, 1, 1000) != 0 { return }
        settle()
        // Whatever ends the wait, reading is what tells; a signal only makes that wait instead.
        _ = unsafe poll(&entry, 1, -1)
    }
}
