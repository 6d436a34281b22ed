package import Base

extension RuntimeConfig: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        ociVersion = try members.needText("ociVersion")
        process = try members.value("process", Process.self)
        root = try members.value("root", Root.self)
        hostname = try members.text("hostname")
        domainname = try members.text("domainname")
        mounts = try members.values("mounts", Mount.self)
        hooks = try members.value("hooks", Hooks.self)
        annotations = try members.textTable("annotations")
        linux = try members.value("linux", Linux.self)
    }
}

extension RuntimeConfig.Root: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        path = try members.needText("path")
        readonly = try members.flag("readonly")
    }
}

extension RuntimeConfig.Mount: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        destination = try members.needText("destination")
        type = try members.text("type")
        source = try members.text("source")
        options = try members.texts("options")
        uidMappings = try members.values("uidMappings", RuntimeConfig.IDMapping.self)
        gidMappings = try members.values("gidMappings", RuntimeConfig.IDMapping.self)
    }
}

extension RuntimeConfig.IDMapping: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        containerID = try members.needNumber("containerID")
        hostID = try members.needNumber("hostID")
        size = try members.needNumber("size")
    }
}

extension RuntimeConfig.Hooks: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        prestart = try members.values("prestart", RuntimeConfig.Hook.self)
        createRuntime = try members.values("createRuntime", RuntimeConfig.Hook.self)
        createContainer = try members.values("createContainer", RuntimeConfig.Hook.self)
        startContainer = try members.values("startContainer", RuntimeConfig.Hook.self)
        poststart = try members.values("poststart", RuntimeConfig.Hook.self)
        poststop = try members.values("poststop", RuntimeConfig.Hook.self)
    }
}

extension RuntimeConfig.Hook: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        path = try members.needText("path")
        args = try members.texts("args")
        env = try members.texts("env")
        timeout = try members.number("timeout")
    }
}

extension RuntimeConfig.Process: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        terminal = try members.flag("terminal")
        consoleSize = try members.value("consoleSize", RuntimeConfig.ConsoleSize.self)
        user = try members.value("user", RuntimeConfig.User.self)
        args = try members.texts("args")
        env = try members.texts("env")
        cwd = try members.needText("cwd")
        capabilities = try members.value("capabilities", RuntimeConfig.Capabilities.self)
        rlimits = try members.values("rlimits", RuntimeConfig.ResourceLimit.self)
        noNewPrivileges = try members.flag("noNewPrivileges")
        apparmorProfile = try members.text("apparmorProfile")
        oomScoreAdj = try members.number("oomScoreAdj")
        scheduler = try members.value("scheduler", RuntimeConfig.Scheduler.self)
        selinuxLabel = try members.text("selinuxLabel")
        ioPriority = try members.value("ioPriority", RuntimeConfig.IOPriority.self)
        execCPUAffinity = try members.value("execCPUAffinity", RuntimeConfig.CPUAffinity.self)
    }
}

extension RuntimeConfig.ConsoleSize: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        height = try members.needNumber("height")
        width = try members.needNumber("width")
    }
}

extension RuntimeConfig.User: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        uid = try members.number("uid") ?? 0
        gid = try members.number("gid") ?? 0
        umask = try members.number("umask")
        additionalGids = try members.numbers("additionalGids")
    }
}

extension RuntimeConfig.Capabilities: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        bounding = try members.texts("bounding")
        effective = try members.texts("effective")
        inheritable = try members.texts("inheritable")
        permitted = try members.texts("permitted")
        ambient = try members.texts("ambient")
    }
}

extension RuntimeConfig.ResourceLimit: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        type = try members.needText("type")
        hard = try members.needNumber("hard")
        soft = try members.needNumber("soft")
    }
}

extension RuntimeConfig.Scheduler: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        policy = try members.needWord("policy", Policy.self)
        nice = try members.number("nice")
        priority = try members.number("priority")
        flags = try members.words("flags", Flag.self)
        runtime = try members.number("runtime")
        deadline = try members.number("deadline")
        period = try members.number("period")
    }
}

extension RuntimeConfig.IOPriority: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        `class` = try members.needWord("class", Class.self)
        priority = try members.number("priority")
    }
}

extension RuntimeConfig.CPUAffinity: JSONReadable {
    package init(_ json: JSON) throws(JSONFault) {
        let members = try JSONMembers(json)
        initial = try members.text("initial")
        final = try members.text("final")
    }
}
