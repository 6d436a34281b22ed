import Glibc
import Testing

import Kernel

@Suite struct SpawnTests {
    /// Goal: a child sees exactly what it was handed (T-FD-1).
    /// Method: leave 20 descriptors open for exec, hand two pipes over crosswise, let the child list.
    @Test func childHasOnlyTheDescriptorsItWasHanded() throws {
        var strays: [CInt] = []
        for _ in 0..<20 { strays.append(open("/dev/null", O_RDONLY)) }
        defer { for stray in strays { close(stray) } }
        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        do {
            let writing = Descriptor(owning: ends.writing)
            var spawn = Spawn("/bin/sh", ["sh", "-c", "ls /proc/$$/fd; true"])
            spawn.environment = ["PATH=/usr/bin:/bin"]
            spawn.descriptors = [Spawn.Handing(writing, as: 1), Spawn.Handing(writing, as: 3)]
            #expect(try spawn.start().wait() == .code(0))
        }
        let text = String(decoding: try reading.readAll(limit: 4096), as: UTF8.self)
        #expect(text == "0\n1\n2\n3\n")
    }

    @Test func missingProgramIsNamed() throws {
        #expect(throws: KernelFault(call: "posix_spawn", subject: "/no/such", number: ENOENT)) {
            _ = try Spawn("/no/such", ["such"]).start().pid
        }
    }

    @Test func endsAreTold() throws {
        #expect(try Spawn("/bin/sh", ["sh", "-c", "exit 7"]).start().wait() == .code(7))
        let end = try Spawn("/bin/sh", ["sh", "-c", "kill -9 $$"]).start().wait()
        #expect(end == .signal(9))
        #expect(end.exitCode == 137)
    }

    @Test func programMayBeADescriptor() throws {
        let shell = try Files.open("/bin/sh", .read)
        var spawn = Spawn("sh", ["sh", "-c", "exit 3"])
        spawn.executable = shell.number
        #expect(try spawn.start().wait() == .code(3))
    }

    @Test func processIsMarkedByItsStart() throws {
        let ticks = try Processes.startTicks(of: Processes.own)
        #expect(ticks > 0)
        #expect(Processes.isAlive(Processes.own, startTicks: ticks))
        #expect(!Processes.isAlive(Processes.own, startTicks: ticks + 1))
    }
}

@Suite struct LoopTests {
    @Test func timerAndPipeWakeTheLoop() throws {
        let loop = try Loop()
        let timer = try Timer()
        try loop.add(timer.descriptor, for: .readable, token: 1)
        #expect(try loop.wait(upTo: 0) == 0)
        try timer.set(after: 1_000_000)
        #expect(try loop.wait(upTo: 10_000) == 1)
        #expect(loop[0].token == 1)
        #expect(try timer.acknowledge())
        #expect(try !timer.acknowledge())

        let ends = try Descriptor.pipe().ends()
        let reading = Descriptor(owning: ends.reading)
        try loop.add(reading, for: .readable, token: 2)
        try Descriptor(owning: ends.writing).close()
        #expect(try loop.wait(upTo: 10_000) == 1)
        #expect(loop[0].token == 2)
        #expect(loop[0].readiness.contains(.hangUp))
    }

    @Test func childsEndWakesTheLoop() throws {
        let loop = try Loop()
        let child = try Spawn("/bin/sh", ["sh", "-c", "exit 0"]).start()
        try loop.add(child.descriptor, for: .readable, token: 9)
        #expect(try loop.wait(upTo: 10_000) == 1)
        #expect(try child.wait() == .code(0))
    }

    @Test func sealedFileCannotBeChanged() throws {
        let file = try MemoryFile.sealed(Array("plan".utf8), name: "plan")
        #expect(throws: KernelFault(call: "write", subject: "", number: EPERM)) {
            try file.writeAll("x")
        }
        #expect(try file.readAll(limit: 100) == Array("plan".utf8))
    }

    @Test func terminalPairTalksAndHasASize() throws {
        let ends = try Terminals.pair().ends()
        let master = Descriptor(owning: ends.master)
        let terminal = Descriptor(owning: ends.terminal)
        try Terminals.resize(master, columns: 132, rows: 43)
        #expect(try Terminals.size(of: terminal) == (132, 43))
        _ = try Terminals.makeRaw(terminal)
        try terminal.writeAll("hello\n")
        #expect(try master.read(upTo: 100) == Array("hello\n".utf8))
    }
}
