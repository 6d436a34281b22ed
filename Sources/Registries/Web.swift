import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// The way out: HTTP clients, one for each proxy in use, with time-outs and TLS settings.
///
/// Redirects are not followed here: whoever asks decides what may be sent where (`Session`).
final class Web: Sendable {
    /// How long an answer may take to begin, and a transfer may stand still.
    let stallSeconds: Int
    private let proxies: Proxies
    private let certificates: Certificates
    private let clients = Mutex<[Proxies.Proxy?: HTTPClient]>([:])

    init(stallSeconds: Int, proxies: Proxies, certificates: Certificates) {
        self.stallSeconds = stallSeconds
        self.proxies = proxies
        self.certificates = certificates
    }

    /// Sends one request and returns the head of the answer, its body still to come.
    ///
    /// - Parameter verifies: whether the host's certificate must be good; false is the user's choice.
    func send(_ request: HTTPClientRequest, to url: Location, verifies: Bool)
        async throws -> HTTPClientResponse
    {
        var request = request
        request.url = url.text
        if url.isSecure {
            request.tlsConfiguration = try certificates.settings(
                for: url.authority, verifies: verifies)
        }
        request.headers.replaceOrAdd(name: "user-agent", value: "martlet")
        let client = client(for: url)
        // The time to the answer's head; an upload of any size comes before that, and has a
        // time-out for standing still instead.
        let time: TimeAmount = request.body == nil ? .seconds(Int64(stallSeconds)) : .hours(24)
        let response = try await client.execute(request, timeout: time)
        let size = response.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard size <= Limits.headerBytes else {
            throw Problem(
                .remote, "\(url.authority) sent too much",
                why:
                    "the head of its answer has \(size) bytes and \(Limits.headerBytes) are allowed"
            )
        }
        return response
    }

    private func client(for url: Location) -> HTTPClient {
        let proxy = proxies.proxy(forHost: url.host, port: url.port, secure: url.isSecure)
        return clients.withLock { clients in
            if let client = clients[proxy] { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .singleton, configuration: configuration(proxy))
            clients[proxy] = client
            return client
        }
    }

    private func configuration(_ proxy: Proxies.Proxy?) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(
            connect: .seconds(Int64(min(stallSeconds, 15))), read: .seconds(Int64(stallSeconds)),
            write: .seconds(Int64(stallSeconds)))
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        // Failures are counted, waited for and told about in one place, `Session`.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy {
            configuration.proxy = .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.user.map {
                    .basic(username: $0, password: proxy.password ?? "")
                })
        }
        return configuration
    }

    /// Closes all connections; nothing can be sent afterwards.
    func close() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all {
            // A client that cannot be closed cleanly ends with the process.
            try? await client.shutdown()
        }
    }
}
