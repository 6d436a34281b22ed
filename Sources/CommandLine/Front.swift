import Base
import Kernel
import Operations

/// The command line: from the words of argv to what the user reads.
package enum Front {
    /// Does what the words ask for and returns the exit status of the process.
    ///
    /// - Parameter arguments: the words after the program's name.
    package static func run(_ arguments: [String]) -> CInt {
        do throws(Problem) {
            switch try Dispatch.read(arguments[...]) {
            case .show(let text): return Screen.write(text)
            case .call(let call, let options): return try Screen.show(call.perform(options.house()))
            }
        } catch {
            return Screen.report([error])
        }
    }
}
