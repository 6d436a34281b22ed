import Testing

import Systemd

struct NetworkWatchTests {
    /// The states of NetworkManager and networkd, and what follows. See NMState.
    @Test(
        arguments: [
            (nil, nil, nil, NetworkWatch.Word.unknown),
            (70, nil, nil, .online), (60, nil, nil, .online), (50, nil, nil, .offline),
            (40, nil, nil, .offline),
            // It runs and is in charge of nothing.
            (20, nil, nil, .unknown), (10, nil, nil, .unknown),
            (nil, "online", "routable", .online), (nil, "partial", "routable", .online),
            (nil, "offline", "no-carrier", .offline), (nil, "offline", "degraded", .offline),
            // A link-local address alone leads nowhere, and networkd calls it online.
            (nil, "online", "degraded", .unknown), (nil, "", "", .unknown),
            (20, "online", "routable", .online), (40, "online", "routable", .online),
            (70, "offline", "off", .online),
        ] as [(UInt32?, String?, String?, NetworkWatch.Word)])
    func whoeverIsInChargeTells(
        _ manager: UInt32?, _ online: String?, _ operational: String?, _ word: NetworkWatch.Word
    ) {
        #expect(
            NetworkWatch.word(manager: manager, onlineState: online, operational: operational)
                == word)
    }
}
