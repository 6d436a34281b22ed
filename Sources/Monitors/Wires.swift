import Base
import Kernel
import Specs

/// The container's standard streams, and everybody at their other ends: the log, and listeners.
///
/// Nothing is ever lost between the container and its log, and nothing is piled up: of each output
/// at most one chunk is under way. While the log or a listener cannot take it, no more is read, so
/// the container waits as it would at a full pipe. A listener that does not hold the container is
/// let go when it has not read for some seconds (F-38).
final class Wires {
    private let watch: Watch
    private let log: (any LogSink)?
    private let isTerminal: Bool
    private var taps: [Tap] = []
    private var listeners: [Listener] = []
    private var input: SharedDescriptor?
    private var inputRest: ArraySlice<UInt8> = []
    private let stallTimer: Timer
    private var isStallTimerSet = false
    /// Whether no more is to come than what the pipes hold.
    private var isEnding = false
    /// Whether there is a container; a client may come before it.
    private var isConnected = false
    /// The size a client wants the terminal to have from its beginning.
    private var firstSize: TerminalSize?

    /// Bytes read at once: half of what a pipe holds.
    private static let chunkBytes = 32 << 10
    /// Nanoseconds a listener may leave its pipe full.
    private static let stallLimit: Int64 = 5_000_000_000

    init(_ watch: Watch, log: (any LogSink)?, isTerminal: Bool) throws(Problem) {
        self.watch = watch
        self.log = log
        self.isTerminal = isTerminal
        do {
            stallTimer = try Timer()
            try watch.loop.add(
                stallTimer.descriptor, for: .readable, token: Watched(.stallTimer).token)
        } catch {
            throw error.problem("cannot make a timer")
        }
    }

    /// One output of the container.
    private final class Tap {
        let kind: OutputKind
        let source: SharedDescriptor
        /// What the log has not taken of the chunk under way.
        var rest: ArraySlice<UInt8> = []
        var isWatched = true
        var time: Int64 = 0

        init(_ kind: OutputKind, _ source: SharedDescriptor) {
            self.kind = kind
            self.source = source
        }

        var watched: Watched { Watched(.tap, UInt32(kind.rawValue)) }
    }

    /// A client's ends of the streams.
    private final class Listener {
        let number: UInt32
        let holds: Bool
        /// Its pipes by kind of output, and what each has not taken yet.
        var pipes: [OutputKind: SharedDescriptor] = [:]
        var rests: [OutputKind: ArraySlice<UInt8>] = [:]
        var input: SharedDescriptor?
        var fullSince: Int64 = 0

        init(_ number: UInt32, holds: Bool) {
            self.number = number
            self.holds = holds
        }

        func watched(_ kind: OutputKind) -> Watched {
            Watched(kind == .output ? .listenerOutput : .listenerError, number)
        }
    }

    // MARK: The container's ends

    /// Begins to carry the streams of a container just made; all ends must not block. Of a terminal
    /// `output` and `input` are two descriptors of the master.
    func connect(output: SharedDescriptor?, error: SharedDescriptor?, input: SharedDescriptor?) {
        isEnding = false
        taps = []
        if let output { taps.append(Tap(.output, output)) }
        if let error { taps.append(Tap(.error, error)) }
        for tap in taps { watch.add(tap.source, for: .readable, tap.watched) }
        self.input = input
        inputRest = []
        isConnected = true
        for listener in listeners { watchInput(of: listener) }
        // A size that cannot be set shows in what is drawn, and spoils nothing else.
        if let size = firstSize { try? resize(size) }
    }

    /// Sets the terminal's size; nothing where there is none.
    func resize(_ size: TerminalSize) throws(Problem) {
        guard isTerminal, let master = input else {
            throw Problem(.wrongState, "the container has no terminal")
        }
        try explaining("cannot set the terminal's size") { () throws(KernelFault) in
            try Terminals.resize(master.descriptor, columns: size.columns, rows: size.rows)
        }
    }

    /// Reads what is there of an output and hands it on.
    func pump(_ number: UInt32) {
        guard let tap = taps.first(where: { UInt32($0.kind.rawValue) == number }) else { return }
        drain(tap, once: !isEnding)
    }

    /// Takes what the ended container has left in its pipes; `isDrained` tells when all is handed
    /// on.
    func end() {
        isEnding = true
        isConnected = false
        for tap in taps where !isBusy(tap) { drain(tap, once: false) }
        closeInput()
    }

    var isDrained: Bool { taps.isEmpty }

    private func drain(_ tap: Tap, once: Bool) {
        repeat {
            let bytes: [UInt8]
            do {
                bytes = try tap.source.descriptor.read(upTo: Wires.chunkBytes)
            } catch  where error.wouldWait {
                if isEnding { close(tap) }
                return
            } catch {
                // A terminal whose other end has gone, or a fault nothing can be done about.
                return close(tap)
            }
            if bytes.isEmpty { return close(tap) }
            tap.time = Clock.wall()
            offer(bytes[...], from: tap)
            if isBusy(tap) { return hold(tap) }
        } while !once
    }

    private func close(_ tap: Tap) {
        if tap.isWatched { watch.remove(tap.source) }
        taps.removeAll { $0 === tap }
        if taps.isEmpty { finishListeners() }
    }

    private func offer(_ bytes: ArraySlice<UInt8>, from tap: Tap) {
        tap.rest = bytes.dropFirst(log?.take(bytes, tap.kind, at: tap.time) ?? bytes.count)
        if !tap.rest.isEmpty, let waitsFor = log?.waitsFor {
            watch.add(waitsFor, for: .writable, Watched(.log))
        }
        for listener in listeners where listener.pipes[tap.kind] != nil {
            listener.rests[tap.kind] = bytes
            flush(listener, tap.kind)
        }
    }

    private func isBusy(_ tap: Tap) -> Bool {
        !tap.rest.isEmpty || listeners.contains { !($0.rests[tap.kind] ?? []).isEmpty }
    }

    private func hold(_ tap: Tap) {
        // Taken out altogether: a hang-up would be reported again and again otherwise.
        if tap.isWatched { watch.remove(tap.source) }
        tap.isWatched = false
    }

    private func resume() {
        for tap in taps where !tap.isWatched && !isBusy(tap) {
            tap.isWatched = true
            watch.add(tap.source, for: .readable, tap.watched)
            if isEnding { drain(tap, once: false) }
        }
    }

    /// The log can take more.
    func logIsReady() {
        guard let log else { return }
        if let waitsFor = log.waitsFor { watch.remove(waitsFor) }
        for tap in taps where !tap.rest.isEmpty {
            tap.rest = tap.rest.dropFirst(log.take(tap.rest, tap.kind, at: tap.time))
            if !tap.rest.isEmpty, let waitsFor = log.waitsFor {
                watch.add(waitsFor, for: .writable, Watched(.log))
                return
            }
        }
        resume()
    }

    // MARK: Listeners

    /// Lets a client take part; `ends` are the pipes its request came with, in their order.
    func attach(_ request: ControlRequest.Attach, _ number: UInt32, _ ends: [SharedDescriptor])
        throws(Problem)
    {
        let wanted = [request.input, request.output, request.error].filter { $0 }.count
        guard wanted == ends.count else {
            throw Problem(.badUsage, "\(ends.count) streams came with a request for \(wanted)")
        }
        let listener = Listener(number, holds: request.holds)
        var rest = ends[...]
        do {
            for end in ends { try end.descriptor.setBlocking(false) }
        } catch {
            throw error.problem("cannot use the client's pipes")
        }
        if request.input { listener.input = rest.popFirst() }
        if request.output { listener.pipes[.output] = rest.popFirst() }
        if request.error { listener.pipes[.error] = rest.popFirst() }
        listeners.append(listener)
        for (kind, pipe) in listener.pipes { watch.add(pipe, for: [], listener.watched(kind)) }
        watchInput(of: listener)
        if let size = request.size, isTerminal {
            if isConnected { try resize(size) } else { firstSize = size }
        }
    }

    /// Lets a client go; nothing for one that listens no more.
    func detach(_ number: UInt32) {
        guard let listener = listeners.first(where: { $0.number == number }) else { return }
        listeners.removeAll { $0 === listener }
        for pipe in listener.pipes.values { watch.remove(pipe) }
        if let input = listener.input { watch.remove(input) }
        resume()
    }

    /// Lets every client go at once, whatever it has not read.
    func detachAll() { for listener in listeners { detach(listener.number) } }

    /// A listener's pipe can take more, or has nobody at its other end.
    func listenerIsReady(_ number: UInt32, _ kind: OutputKind, _ readiness: Loop.Readiness) {
        guard let listener = listeners.first(where: { $0.number == number }) else { return }
        if readiness.contains(.failed) {
            drop(kind, of: listener)
        } else {
            flush(listener, kind)
        }
        resume()
    }

    private func flush(_ listener: Listener, _ kind: OutputKind) {
        guard let pipe = listener.pipes[kind], var rest = listener.rests[kind] else { return }
        let wasFull = listener.fullSince != 0
        do {
            while !rest.isEmpty { rest = rest.dropFirst(try pipe.descriptor.write(rest)) }
            if wasFull { watch.change(pipe, to: [], listener.watched(kind)) }
            listener.fullSince = 0
            listener.rests[kind] = nil
        } catch  where error.wouldWait {
            listener.rests[kind] = rest
            listener.fullSince = Clock.monotonic()
            watch.change(pipe, to: .writable, listener.watched(kind))
            if !listener.holds { setStallTimer() }
        } catch {
            drop(kind, of: listener)
        }
    }

    private func drop(_ kind: OutputKind, of listener: Listener) {
        if let pipe = listener.pipes.removeValue(forKey: kind) { watch.remove(pipe) }
        listener.rests[kind] = nil
    }

    /// Closes the pipes of those who have got all there is, so that they see its end.
    private func finishListeners() {
        for listener in listeners {
            for pipe in listener.pipes.values { watch.remove(pipe) }
            listener.pipes = [:]
        }
    }

    private func setStallTimer() {
        if isStallTimerSet { return }
        isStallTimerSet = (try? stallTimer.set(after: Wires.stallLimit)) != nil
    }

    /// Lets those go who have not read for too long.
    func stallTimerIsUp() {
        _ = try? stallTimer.acknowledge()
        isStallTimerSet = false
        let now = Clock.monotonic()
        for listener in listeners where !listener.holds && listener.fullSince != 0 {
            if now - listener.fullSince >= Wires.stallLimit {
                detach(listener.number)
            } else {
                setStallTimer()
            }
        }
    }

    // MARK: Standard input

    private func watchInput(of listener: Listener) {
        guard isConnected, let source = listener.input else { return }
        if input == nil { return letGoInput(of: listener) }
        if inputRest.isEmpty {
            watch.add(source, for: .readable, Watched(.listenerInput, listener.number))
        }
    }

    private func letGoInput(of listener: Listener) {
        if let source = listener.input { watch.remove(source) }
        listener.input = nil
    }

    /// A listener has something to say.
    func readInput(_ number: UInt32) {
        guard let listener = listeners.first(where: { $0.number == number }),
            let source = listener.input
        else { return }
        let bytes: [UInt8]
        do {
            bytes = try source.descriptor.read(upTo: Wires.chunkBytes)
        } catch  where error.wouldWait {
            return
        } catch {
            // A directory, or a terminal that has gone: no more is to come.
            bytes = []
        }
        if bytes.isEmpty {
            letGoInput(of: listener)
            // The end of what one client types is the end of the container's input, as for a pipe.
            // A terminal has its own key for that.
            if !isTerminal { closeInput() }
            return
        }
        inputRest = bytes[...]
        inputIsReady()
    }

    /// The container's input can take more.
    func inputIsReady() {
        guard let input else { return }
        do {
            while !inputRest.isEmpty {
                inputRest = inputRest.dropFirst(try input.descriptor.write(inputRest))
            }
            releaseInput(input)
        } catch  where error.wouldWait {
            holdInput(input)
        } catch {
            closeInput()
        }
    }

    private var isHoldingInput = false

    private func holdInput(_ input: SharedDescriptor) {
        if isHoldingInput { return }
        isHoldingInput = true
        for listener in listeners {
            if let source = listener.input { watch.remove(source) }
        }
        watch.add(input, for: .writable, Watched(.input))
    }

    private func releaseInput(_ input: SharedDescriptor) {
        if !isHoldingInput { return }
        isHoldingInput = false
        watch.remove(input)
        for listener in listeners { watchInput(of: listener) }
    }

    private func closeInput() {
        guard let closing = input else { return }
        inputRest = []
        if isHoldingInput { watch.remove(closing) }
        isHoldingInput = false
        input = nil
        for listener in listeners { letGoInput(of: listener) }
    }
}
