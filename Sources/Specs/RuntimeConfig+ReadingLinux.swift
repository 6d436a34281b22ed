package import Base

extension RuntimeConfig.Linux: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        namespaces = try members.values("namespaces", Namespace.self)
        uidMappings = try members.values("uidMappings", RuntimeConfig.IDMapping.self)
        gidMappings = try members.values("gidMappings", RuntimeConfig.IDMapping.self)
        timeOffsets = try members.table("timeOffsets", TimeOffset.self)
        devices = try members.values("devices", Device.self)
        netDevices = try members.table("netDevices", NetDevice.self)
        cgroupsPath = try members.text("cgroupsPath")
        resources = try members.value("resources", Resources.self)
        intelRdt = try members.value("intelRdt", IntelRdt.self)
        sysctl = try members.textTable("sysctl")
        seccomp = try members.value("seccomp", Seccomp.self)
        rootfsPropagation = try members.text("rootfsPropagation")
        maskedPaths = try members.texts("maskedPaths")
        readonlyPaths = try members.texts("readonlyPaths")
        mountLabel = try members.text("mountLabel")
        personality = try members.value("personality", Personality.self)
        memoryPolicy = try members.value("memoryPolicy", MemoryPolicy.self)
    }
}

extension RuntimeConfig.Linux.Namespace: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        type = try members.needWord("type", Kind.self)
        path = try members.text("path")
    }
}

extension RuntimeConfig.Linux.TimeOffset: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        secs = try members.number("secs")
        nanosecs = try members.number("nanosecs")
    }
}

extension RuntimeConfig.Linux.Device: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        type = try members.needText("type")
        path = try members.needText("path")
        major = try members.number("major")
        minor = try members.number("minor")
        fileMode = try members.number("fileMode")
        uid = try members.number("uid")
        gid = try members.number("gid")
    }
}

extension RuntimeConfig.Linux.NetDevice: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        name = try members.text("name")
    }
}

extension RuntimeConfig.Linux.Personality: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        domain = try members.needWord("domain", Domain.self)
        flags = try members.texts("flags")
    }
}

extension RuntimeConfig.Linux.MemoryPolicy: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        mode = try members.needText("mode")
        nodes = try members.text("nodes")
        flags = try members.texts("flags")
    }
}

extension RuntimeConfig.Linux.IntelRdt: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        closID = try members.text("closID")
        l3CacheSchema = try members.text("l3CacheSchema")
        memBwSchema = try members.text("memBwSchema")
        enableCMT = try members.flag("enableCMT")
        enableMBM = try members.flag("enableMBM")
    }
}

extension RuntimeConfig.Linux.Seccomp: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        defaultAction = try members.needWord("defaultAction", Action.self)
        defaultErrnoRet = try members.number("defaultErrnoRet")
        architectures = try members.texts("architectures")
        flags = try members.texts("flags")
        listenerPath = try members.text("listenerPath")
        listenerMetadata = try members.text("listenerMetadata")
        syscalls = try members.values("syscalls", Rule.self)
    }
}

extension RuntimeConfig.Linux.Seccomp.Rule: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        names = try members.needTexts("names")
        action = try members.needWord("action", RuntimeConfig.Linux.Seccomp.Action.self)
        errnoRet = try members.number("errnoRet")
        args = try members.values("args", RuntimeConfig.Linux.Seccomp.Argument.self)
    }
}

extension RuntimeConfig.Linux.Seccomp.Argument: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        index = try members.needNumber("index")
        value = try members.needNumber("value")
        valueTwo = try members.number("valueTwo")
        op = try members.needWord("op", RuntimeConfig.Linux.Seccomp.Operator.self)
    }
}

extension RuntimeConfig.Linux.Resources: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        devices = try members.values("devices", DeviceRule.self)
        memory = try members.value("memory", Memory.self)
        cpu = try members.value("cpu", CPU.self)
        pids = try members.value("pids", Pids.self)
        blockIO = try members.value("blockIO", BlockIO.self)
        hugepageLimits = try members.values("hugepageLimits", HugepageLimit.self)
        network = try members.value("network", Network.self)
        rdma = try members.table("rdma", Rdma.self)
        unified = try members.textTable("unified")
    }
}

extension RuntimeConfig.Linux.Resources.DeviceRule: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        allow = try members.needFlag("allow")
        type = try members.text("type")
        major = try members.number("major")
        minor = try members.number("minor")
        access = try members.text("access")
    }
}

extension RuntimeConfig.Linux.Resources.Memory: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        limit = try members.number("limit")
        reservation = try members.number("reservation")
        swap = try members.number("swap")
        kernel = try members.number("kernel")
        kernelTCP = try members.number("kernelTCP")
        swappiness = try members.number("swappiness")
        disableOOMKiller = try members.flag("disableOOMKiller")
        useHierarchy = try members.flag("useHierarchy")
        checkBeforeUpdate = try members.flag("checkBeforeUpdate")
    }
}

extension RuntimeConfig.Linux.Resources.CPU: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        shares = try members.number("shares")
        quota = try members.number("quota")
        burst = try members.number("burst")
        period = try members.number("period")
        realtimeRuntime = try members.number("realtimeRuntime")
        realtimePeriod = try members.number("realtimePeriod")
        cpus = try members.text("cpus")
        mems = try members.text("mems")
        idle = try members.number("idle")
    }
}

extension RuntimeConfig.Linux.Resources.Pids: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        limit = try members.number("limit")
    }
}

extension RuntimeConfig.Linux.Resources.BlockIO: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        weight = try members.number("weight")
        leafWeight = try members.number("leafWeight")
        weightDevice = try members.values(
            "weightDevice", RuntimeConfig.Linux.Resources.WeightDevice.self)
        throttleReadBpsDevice = try members.values(
            "throttleReadBpsDevice", RuntimeConfig.Linux.Resources.ThrottleDevice.self)
        throttleWriteBpsDevice = try members.values(
            "throttleWriteBpsDevice", RuntimeConfig.Linux.Resources.ThrottleDevice.self)
        throttleReadIOPSDevice = try members.values(
            "throttleReadIOPSDevice", RuntimeConfig.Linux.Resources.ThrottleDevice.self)
        throttleWriteIOPSDevice = try members.values(
            "throttleWriteIOPSDevice", RuntimeConfig.Linux.Resources.ThrottleDevice.self)
    }
}

extension RuntimeConfig.Linux.Resources.WeightDevice: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        major = try members.needNumber("major")
        minor = try members.needNumber("minor")
        weight = try members.number("weight")
        leafWeight = try members.number("leafWeight")
    }
}

extension RuntimeConfig.Linux.Resources.ThrottleDevice: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        major = try members.needNumber("major")
        minor = try members.needNumber("minor")
        rate = try members.needNumber("rate")
    }
}

extension RuntimeConfig.Linux.Resources.HugepageLimit: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        pageSize = try members.needText("pageSize")
        limit = try members.needNumber("limit")
    }
}

extension RuntimeConfig.Linux.Resources.Network: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        classID = try members.number("classID")
        priorities = try members.values("priorities", Priority.self)
    }
}

extension RuntimeConfig.Linux.Resources.Network.Priority: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        name = try members.needText("name")
        priority = try members.needNumber("priority")
    }
}

extension RuntimeConfig.Linux.Resources.Rdma: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        hcaHandles = try members.number("hcaHandles")
        hcaObjects = try members.number("hcaObjects")
    }
}
