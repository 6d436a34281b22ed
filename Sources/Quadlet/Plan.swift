import Base
import UnitFiles

/// Everything one run would write: a service for every unit file, with its install links.
///
/// A file with an error has a service as well, one that says what is wrong when it is started.
package struct Plan {
    /// One service to write.
    package struct Service: Sendable {
        /// The unit's name, with `.service`.
        package let name: String
        /// The index in the library of the file it comes from.
        package let unit: Int
        package var text: ServiceText
        package var links: [Link]
        package let references: [Reference]
        /// Whether it stands in the place of a service that could not be made.
        package let isExplanation: Bool
    }

    package private(set) var library: Library
    package private(set) var services: [Service] = []
    /// All findings, in the order of files.
    package private(set) var findings: [Finding] = []
    /// What the services were made from. The generator ends with its plan and never takes it apart.
    private var drafts: [Conversion?] = []

    /// How the services of a run are made.
    package struct Settings {
        /// The engine's path in generated command lines.
        package var engine: String
        package var isUser: Bool
        /// Whether something stands at a path.
        package var exists: (String) -> Bool

        package init(engine: String, isUser: Bool, exists: @escaping (String) -> Bool) {
            self.engine = engine
            self.isUser = isUser
            self.exists = exists
        }
    }

    /// Converts all units of a library. Pure but for `settings.exists`.
    package init(_ library: Library, _ settings: Settings) {
        self.library = library
        let catalog = Catalog(library.units)
        let inner = Conversion.Settings(
            engine: settings.engine, isUser: settings.isUser, exists: settings.exists)
        drafts = library.units.map { unit in
            unit.isMasked ? nil : Conversion(unit, catalog: catalog, settings: inner)
        }
        Plan.refuseBadNames(&drafts)
        Plan.refuseDependents(&drafts)
        Plan.joinPods(&drafts)
        collect(engine: settings.engine)
    }

    /// Whether anything could not be done as the files ask.
    package var hasErrors: Bool { findings.contains { $0.severity == .error } }

    // MARK: Steps

    /// A service that systemd would not load is an error (T-UNIT-4); of two files for one service
    /// the second is left out.
    private static func refuseBadNames(_ conversions: inout [Conversion?]) {
        var owners: [String: String] = [:]
        for index in order(conversions) {
            guard let service = conversions[index]?.ownEntry.service else { continue }
            let why = UnitName.refusal(of: service)
            if why == nil, owners[service] == nil {
                owners[service] = conversions[index]?.name.file
                continue
            }
            guard var conversion = conversions[index] else { continue }
            let place =
                conversion.reading.has("ServiceName")
                ? conversion.reading.place(of: "ServiceName")
                : Problem.Place(file: conversion.unit.path, line: 1)
            if let why {
                conversion.refuse(
                    "service-name", "\"\(service.printable)\" is no name for a service: \(why)",
                    at: place, next: "rename the file or set ServiceName=")
            } else if let owner = owners[service] {
                conversion.warn(
                    "same-service",
                    "\"\(owner)\" makes \(service).service as well, leaving this file out",
                    at: place, next: "rename one of the files or set ServiceName=")
                conversion.isLeftOut = true
            }
            conversions[index] = conversion
        }
    }

    /// A file whose volume, image, network or pod has an error is refused too: started without it,
    /// the container would lose data, run something else, or stand open.
    private static func refuseDependents(_ conversions: inout [Conversion?]) {
        var dependents: [Int: [(from: Int, reference: Reference)]] = [:]
        for (index, conversion) in conversions.enumerated() {
            for reference in conversion?.references ?? [] where reference.kind.needsObject {
                guard let target = reference.target, target != index else { continue }
                dependents[target, default: []].append((index, reference))
            }
        }
        guard !dependents.isEmpty else { return }
        var queue = conversions.indices.filter { conversions[$0]?.failed == true }
        var next = 0
        while next < queue.count {
            let broken = queue[next]
            next += 1
            guard let cause = conversions[broken]?.firstError else { continue }
            for (from, reference) in dependents[broken] ?? [] {
                guard let directory = conversions[from]?.unit.directory else { continue }
                if conversions[from]?.failed == false { queue.append(from) }
                conversions[from]?.refuse(
                    "broken-reference",
                    "\"\(reference.file.printable)\", which is needed here, has an error",
                    at: reference.place, next: cause.brief(below: directory))
            }
        }
    }

    /// Tells each pod its members: the pod's service starts theirs, before they are up.
    private static func joinPods(_ conversions: inout [Conversion?]) {
        for index in conversions.indices where conversions[index]?.name.type == .container {
            let reference = conversions[index]?.references.first { $0.kind == .pod }
            guard let reference, let pod = reference.target,
                conversions[index]?.startsWithPod() == true
            else { continue }
            let service = "\(conversions[index]?.ownEntry.service ?? "").service"
            conversions[pod]?.service.add("Unit", "Wants", service, from: [reference.place])
            conversions[pod]?.service.add("Unit", "Before", service, from: [reference.place])
        }
    }

    /// The order in which types are converted, and files of a type in the order of precedence.
    private static func order(_ conversions: [Conversion?]) -> [Int] {
        var byType: [UnitType: [Int]] = [:]
        for index in conversions.indices {
            guard let type = conversions[index]?.name.type else { continue }
            byType[type, default: []].append(index)
        }
        return UnitType.allCases.flatMap { byType[$0] ?? [] }
    }

    private mutating func collect(engine: String) {
        findings = library.findings
        services.reserveCapacity(drafts.count)
        for index in Plan.order(drafts) {
            let links = drafts[index]?.installLinks() ?? []
            findings += drafts[index]?.reading.findings ?? []
            if drafts[index]?.isLeftOut != false { continue }
            let errors = drafts[index]?.reading.findings.filter { $0.severity == .error } ?? []
            // Where the name itself is the error there is nothing that systemd would show.
            if errors.contains(where: { $0.rule == "service-name" }) { continue }
            let text =
                errors.isEmpty
                ? drafts[index]?.service : drafts[index]?.explanation(errors, engine: engine)
            guard let text, let name = drafts[index]?.ownEntry.service else { continue }
            services.append(
                Service(
                    name: "\(name).service", unit: index, text: text, links: links,
                    references: drafts[index]?.references ?? [], isExplanation: !errors.isEmpty))
        }
    }
}

extension Conversion {
    var firstError: Finding? { reading.findings.first { $0.severity == .error } }
}
