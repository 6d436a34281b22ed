import Ciphers

/// Keys that nothing but these tests uses; that of P-521 in the older form of SEC 1.
struct Material: Sendable {
    static let digest = "sha256:" + String(repeating: "a", count: 64)

    let secret: String
    let open: String

    func privateKey() throws -> DecryptionKey {
        try DecryptionKey(Array(secret.utf8), passphrase: nil, name: "private key")
    }

    func publicKey() throws -> EncryptionKey {
        try EncryptionKey(Array(open.utf8), name: "public key")
    }

    static let rsa = Material(
        secret: """
            -----BEGIN PRIVATE KEY-----
            MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQC6PdkwUix4VDHE
            MtBhB36X6LGefpnl+as7pLQenxjXfjWKLwB8jf1XX4rcSLmuLq7B+9FXQlELet32
            AcE5DyXheAHln+n2gXgRtwjp3gyy+Q5s3Ecr1wu1omFH4XfazAVBW3pSTqltaSoG
            ZFM6irOMprn/Ipt9Y/9Va50gUgMDVmTri+bJX5uOsQrptorTem2DnZx6RtaS1hZS
            YGXM3Q2kP4vcNbgamBFXUuztWc2GGH/AZ4xH1NT6QX7oyqRrB9bA6fdbaMYpewU0
            GKWouGSbqQp2c5+wFpEL2KTTJAor8w6j5FV5pG8+TGJ4bT7NvjgXbcFmCN8horvH
            VCDpbUT5AgMBAAECggEAANkJOmbABxLdtcvuwOenft+Ioh+8vvGXrZ9+pmkI/uoh
            1O2JLgf4xZi3aXCh+mtXUPtpejaLZzxO8wYSWsUj4gE0LlcVBJHq+axV9mKUDOMv
            WqAsvsQC100pmN8rjCvDllw+k/isXXAjcytVFFN5+m5D3dJ1ghOeH5sWza/cjaZU
            Ch+tLi20mCfWUP+B8VRCyQsQqyQ+uI9mrKbJs8aAVVVIlyCxFtIHssio4d9Ebvyv
            wScaOnO7Xy2U7OYXZi5/TyvW3qRNAeovO+LRd/o7Oc1eDao8BK8T/Sjn1RepKJo+
            JTw1W7BycjQtjIFxYZTPFpnZj74ykk/VF6ig5VuSNQKBgQDnwCCfCGqTPHjWop3L
            P4akGWZpf3g44AwFfikrIiOxdiKkIxnipN2LNc52R+sa7MIiJEjDkox3s73S6djI
            YenpjifSJZIKa2gbgaEbEfzXy3EESD2EqHKAkeooirovPON2+YLdVH8taF/crE9B
            c1aHwKSV9yA8KhoIbVRVUWpWCwKBgQDNuq3zf42u6XJvoMa1IoIiHEG+Yv9cE++e
            8UfNNGrkwptlzAfpVCkPTPkqZBafgKKsHvXXGyUMHoJwX+VN7b8dQBMOxdp3e0Np
            NSO3GWvbutRShhAMgx/pXyKM39/FiprSLacJ0u9d4WbfBnmeFU7NKaVGq3f0nxbM
            YxsQiirHiwKBgQCEjqKaFIhRO2+q5Uz4apeq2VR4145+ibiWk7kckOR1pyrdU66E
            suR9sgMsKKrTtcS9Hp/4LaTm+wqCz3tN8qOHEea5DwBfsVvVD+qEv18uV5GHb4Kw
            lGEaJVwYYHFqf5tj/AfcbW5pHKBoaq7SsxQ1hf0eQkJP540IcPCh9HWsTQKBgQCE
            iYi5f2paziCgU7bQSPwHV6bvLb4PpvRPtGeqhuN6nvkYGtrZ8hNFvTQkoDiG54tl
            UcjVnLJAXYNxPAZxLwJZqMbeVI7LPMkQBWEN+72l4HYa+C1ssikj4ttSYIQ8MnBN
            iYW8aX02QRlSA0zkkBulRvgoUB1Gphs873gnLqwiwwKBgQDSbqOxLQOT3YN8lDMx
            jqfo5QcwnUfM4FBjKzPtVtC0qJohW2SSCE0l04TANsaP/lGKMqwR//Q/PVqa1xR4
            ZXdf24NCQNiumldn3TLSrK2uP5oaMKlVa/76Wql6S0POi0gCd5UOQ9SPv8OMyg2k
            uVSEUuWwJGZKqFULPQkctlnv+A==
            -----END PRIVATE KEY-----
            """,
        open: """
            -----BEGIN PUBLIC KEY-----
            MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuj3ZMFIseFQxxDLQYQd+
            l+ixnn6Z5fmrO6S0Hp8Y1341ii8AfI39V1+K3Ei5ri6uwfvRV0JRC3rd9gHBOQ8l
            4XgB5Z/p9oF4EbcI6d4MsvkObNxHK9cLtaJhR+F32swFQVt6Uk6pbWkqBmRTOoqz
            jKa5/yKbfWP/VWudIFIDA1Zk64vmyV+bjrEK6baK03ptg52cekbWktYWUmBlzN0N
            pD+L3DW4GpgRV1Ls7VnNhhh/wGeMR9TU+kF+6MqkawfWwOn3W2jGKXsFNBilqLhk
            m6kKdnOfsBaRC9ik0yQKK/MOo+RVeaRvPkxieG0+zb44F23BZgjfIaK7x1Qg6W1E
            +QIDAQAB
            -----END PUBLIC KEY-----
            """)

    static let p256 = Material(
        secret: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoYvt3T0vgc+2KZwj
            gRH/NJ+cOTX51ViQTL6pFhmnN32hRANCAATFoZYQ08/IcadK051mvB6XIjgaGDc9
            m96tnIHYFqcM71h0oUggV5N6jKH/CXAYwaeFUw83UlG7Kq8sa8iViUSR
            -----END PRIVATE KEY-----
            """,
        open: """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExaGWENPPyHGnStOdZrwelyI4Ghg3
            PZverZyB2BanDO9YdKFIIFeTeoyh/wlwGMGnhVMPN1JRuyqvLGvIlYlEkQ==
            -----END PUBLIC KEY-----
            """)

    static let p384 = Material(
        secret: """
            -----BEGIN PRIVATE KEY-----
            MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBu6wfgO2wwJmRCaQ+P
            swbs6JWfSk/EzAiDMRLyeD3BqM+vgBEgcdYhVaQ1l7aMWQehZANiAAQPv55sByq/
            Ktakg00EUkBM+ANygUrxfY2vXEZmsGbsSwnCb3c61XY9ZVHQ0d22AKchrniPPzkR
            XzmW8YwRhrqIi21RbHlizL5f15GWQi2jQnoNaoYCKKBpaPI3/f8L1b4=
            -----END PRIVATE KEY-----
            """,
        open: """
            -----BEGIN PUBLIC KEY-----
            MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAED7+ebAcqvyrWpINNBFJATPgDcoFK8X2N
            r1xGZrBm7EsJwm93OtV2PWVR0NHdtgCnIa54jz85EV85lvGMEYa6iIttUWx5Ysy+
            X9eRlkIto0J6DWqGAiigaWjyN/3/C9W+
            -----END PUBLIC KEY-----
            """)

    static let p521 = Material(
        secret: """
            -----BEGIN EC PRIVATE KEY-----
            MIHcAgEBBEIB03Wx+X2a4WMW1sZW2edfmTKwrp3j4wGI6rp9EVq0nW+3eubQNubq
            TNN7u1PERNUHESFMsRFE51wi1ELZqyXetnegBwYFK4EEACOhgYkDgYYABACdabvJ
            45SysZuwRftLSf6WjkvfhAejw6EhoMsPdezq61T/fIz3ouOLwg1Xk44MDpX1a/U2
            FBwp8X24QTV640kLlgEggG58100V1lO23Zxi5bnyUqS6GYVP30POY9c7RhGzJGys
            boszvq0hu2VLo0mjtOkC1cYIacPG9r6jVHVA4VaQyg==
            -----END EC PRIVATE KEY-----
            """,
        open: """
            -----BEGIN PUBLIC KEY-----
            MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAnWm7yeOUsrGbsEX7S0n+lo5L34QH
            o8OhIaDLD3Xs6utU/3yM96Lji8INV5OODA6V9Wv1NhQcKfF9uEE1euNJC5YBIIBu
            fNdNFdZTtt2cYuW58lKkuhmFT99DzmPXO0YRsyRsrG6LM76tIbtlS6NJo7TpAtXG
            CGnDxva+o1R1QOFWkMo=
            -----END PUBLIC KEY-----
            """)

    /// Opened by the passphrase "open".
    static let locked = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjwN7MuSOGcCwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPcikWTM57eX/v/SmCWNrBYEgZDh
        shbNUGaIebpPPS7JIfaY4Hj3hxGVYow4VgYbnc4+f8gYmkR4o2OAsk68R+e9BV9r
        9HLfU8ZJlSsjYKabSxBameCqlvH3iJSOhNxXRR5g72lPSlu8kM9gbkmAtR6KeOFi
        Ty3RrjRqjFcGqzvlJDrwnizGdzG1M93OL/S7dz0ejxyzT5lv8VHmlYt8TP7DDH8=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// What skopeo 1.9.3 wrote into a descriptor for the key of P-256.
    static let skopeosKey = """
        eyJwcm90ZWN0ZWQiOiJleUpoYkdjaU9pSkZRMFJJTFVWVEswRXlOVFpMVnlJc0ltVnVZeUk2SWtFeU5UWkhRMDBpTENK\
        bGNHc2lPbnNpYTNSNUlqb2lSVU1pTENKamNuWWlPaUpRTFRJMU5pSXNJbmdpT2lKTGR6QnhiRVJvTURNNE1FZHhUMlZM\
        YUc5d05uSlZVbWxYV1c5TmR6RkxYelpTUVV4aGJsZHJja1pCSWl3aWVTSTZJbU14ZDJFMExXRkVVakpxTUZOeVJHVkRN\
        M05hVjBSQlNXNVZabEpTT1RRMWVWOXhhMFZIVmpsalZUQWlmWDAiLCJlbmNyeXB0ZWRfa2V5IjoieFVYc1JYbHR1WkdS\
        RGEzTzRHd3puYnFfQlhxd1BiTUtHcmhJNjg4UjlUVE9zbU5VQk9objBnIiwiaXYiOiJEcEU1Q3JZTXZMWXFOVDVJIiwi\
        Y2lwaGVydGV4dCI6InJSQVBJLUo2TE9pbHZtTXQyNmtlNkstaXR2dHBFUTA1dS1xcTQ2MnlnT21jSTkxNFFwLVQ5MWZ2\
        SmhLYnllUlpHTzhEaHQ3Tm53N3ZGWjhqcWJQd2JpQTJwOUJiR1BlOC1UVE9iaHExeS03VmFjOWtOTkljLWpRMHpBaVV6\
        N1hVRmlrc1ZvdDZheW15bnAtY21YUE8xckVnVF95Zm93QjlVcHhVSTF3ajl6cEtIUXlfZTYzakRfZThuN19UMW9CZDB0\
        Njc1Um9yZmdTYl9NQVg1b3BCZFo4NnQxMkZZendaQTZ3ci1xNkxXbEF6cUE3bllCcWZjUjZKeThULWZQdGFCZyIsInRh\
        ZyI6IkJ6ME1aR2gzSy1Uc3NCTlZnOTZvU0EifQ==
        """
    /// The same for the keys of P-256 and RSA.
    static let skopeosKeys = """
        eyJwcm90ZWN0ZWQiOiJleUpsYm1NaU9pSkJNalUyUjBOTkluMCIsInJlY2lwaWVudHMiOlt7ImhlYWRlciI6eyJhbGci\
        OiJFQ0RILUVTK0EyNTZLVyIsImVwayI6eyJrdHkiOiJFQyIsImNydiI6IlAtMjU2IiwieCI6InJuQmQtc2swa3dhcGpN\
        c1dQbDloa0R0OUM0RFd6TDYycFhRcDFyZlZvSE0iLCJ5IjoiRWpqR21FSTA2U3psRm1EU2ZGa29wYzl2MEt5NDFXM3RF\
        SWZFOGpXaFhiWSJ9fSwiZW5jcnlwdGVkX2tleSI6Imo4c0xMUEZBMnlVMHdwT1pObUVZRDdtRnJ1c0YtREVsalY2Q3JJ\
        MmRtUEtiNnhuM21JT0pTUSJ9LHsiaGVhZGVyIjp7ImFsZyI6IlJTQS1PQUVQIn0sImVuY3J5cHRlZF9rZXkiOiJpYTZf\
        M0h5OEZWMElvaUhoLWl5aHFOWWExc1RCVE5SSGZxWkI1OXJXT3V6X09sMG9TLXdiYU9ZbUxHS1ctZHdHZlp2a2o5NFZx\
        cm01NGJrMDNlQVVpRWVUWU9yVTU1MGdINzV0RVgzT1BZNklMV08tQ09tYkFUTk5KV1hkSjNNOVNyYnBKTml1amZBeDlf\
        MElOVDk3WkNYZk9lRVRMUkwxS0tDLWd4QUtUbEYzM29ySzRtM2xFVjgzX1VQS2RZSWtyYzNsVnYxcDhQV3NiRTR5RmFZ\
        Qm5MMFg3bzkxdzlMME5IcjZrVFVvdUNRQ0tzaVJrUF9udi1nT1NHeDEzcTBfSWhWRG9oMDBVQ0otQjRuREtDQkR2ZWND\
        aUJ6cU5HcElaYkpuM3ZMS003WXgwTkM5ZTFvenBnRmc5aVRuTW8yZGhadkRNS1FnU3laYUc4QWZqNjg3dFEifV0sImVu\
        Y3J5cHRlZF9rZXkiOiJqOHNMTFBGQTJ5VTB3cE9aTm1FWUQ3bUZydXNGLURFbGpWNkNySTJkbVBLYjZ4bjNtSU9KU1Ei\
        LCJpdiI6IjVEeElDRkRsakk4MV9seFgiLCJjaXBoZXJ0ZXh0IjoiNzF4Y3N2U1hyaUI0RmtucHQ3M045d3dVZ3BCNmhF\
        cTR5VkxSTlZSeFNjQzA3ZlFEZThsU3haT1YwUmFEZHZxVFk1N3htMWsyU1U5ZGJaTUd4MklvS2JYdTF1OUQtSU1CejY3\
        RkRiVmYtLWl5Nmd0c2xnTU9IbG1ISG5GSlI2NDl1ajFkWEc1R2lmV05nY0JxS3U1WkplOTZkak1YMmZwRTFxbldkUnc2\
        YUptOGhEeWhUQ01OeXI2dlQxV2pXQUxLN3VWWG5CM3g5VVhpNVJtWjdXd01CLVliM2E3WWw4ZEdaUGpnaDMxbkVjZ0to\
        SUVyUlFBM3o4a3FlLWRpYXB0aW9RIiwidGFnIjoidTlWLW9jeXBMakNtUWo5cXU4Z1dXQSJ9
        """
    static let skopeosCipher = """
        eyJjaXBoZXIiOiJBRVNfMjU2X0NUUl9ITUFDX1NIQTI1NiIsImhtYWMiOiJQaTdSbVorZkI0N1gvSUZWemlzbWVaTTZY\
        bEFzQXA4dHZEeUFMQ0RpNXRvPSIsImNpcGhlcm9wdGlvbnMiOnt9fQ==
        """
}
