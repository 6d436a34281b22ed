/// Keys, certificates and signatures made with openssl and libsodium, for "quay.io/me/web:1".
enum Material {
    static let digest = #"""
        sha256:6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d
        """#
    static let privateKey = #"""
        -----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----
        eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjozMjc2OCwiciI6
        OCwicCI6MX0sInNhbHQiOiJxbnhyR3Q0NnR1anB2RFdBN0czeHppMWxpTk44LzNQ
        ZlNvS3Rlcml6czFnPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
        Iiwibm9uY2UiOiI5djJWbUQvQkxiU0pEbUFiN0M3d3Rpc3JWNm5EZWxldiJ9LCJj
        aXBoZXJ0ZXh0IjoiVWp2WUJsYzFjWmhSTUJ0Unk0MmVnQ3JicG5PdEt0WWgxZC9x
        Z0hWTXN5anRVT1JTSi8zb1NKTS9xSy9DQ0x3cjFNbmk3amdBZjRKV2lMeVY5bjNS
        VStkbzB3S3dmS2tLaFY3R1VVbEN6cTg4L3pyem9MME5KSTRTMk1WcWZlMmxNVlhO
        NTl6TlhJV2llc2ZTZHd6OG5UQ1NMZXhCOG82cXNRbzRJLzE0T3hacDAxZzd0L1ZD
        S1JHUG9UOGhJQUhTc1I5di8zN2hWWFN5YWc9PSJ9
        -----END ENCRYPTED COSIGN PRIVATE KEY-----
        """#
    static let publicKey = #"""
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOnoqgOWkVS89pWo6igrzNoT46m18
        mMaiH2mTGesf8yXJmgDF0eC6hfVKo7kRylXo2TQStvzJU8hkN5n65UhznQ==
        -----END PUBLIC KEY-----
        """#
    static let rekor = #"""
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUhNmQopJ64eqRgVM2txJRNIiQoXO
        8p89htucqKckaEh3JLEjYk2SfOVWMV5TyCP+T7TL3+AXKrnSUlV5Bd7jDw==
        -----END PUBLIC KEY-----
        """#
    static let payload = #"""
        {"critical":{"identity":{"docker-reference":"quay.io/me/web:1"},"image":{"docker-man\#
        ifest-digest":"sha256:6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e\#
        3d"},"type":"cosign container image signature"},"optional":null}
        """#
    static let signature = #"""
        MEYCIQCdMLolbAv99YHl9qZEJQZyxfDsF8hymLH3VcoDML9xRQIhAJ5GzWQJHc+IsrCzTlycEuDNslpLvoNn\#
        +dHZkW9upgeA
        """#
    static let keyBundle = #"""
        {"SignedEntryTimestamp": "MEQCIHIl6pWgv4CmB80gKOEW3OAV27pcrqIozmvzAooVEit3AiBrHWMbYj\#
        tNKKiyNVjTdmCqe1RZZ1Idq0cpuynugH9VDw==", "Payload": {"body": "eyJhcGlWZXJzaW9uIjoiMC\#
        4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIj\#
        oic2hhMjU2IiwidmFsdWUiOiI3YTc0YjllZmRiZmJmNDg1MjRiMjQ5NDNkMThmMDYzNDRkNTIwZWRhNjY2ZD\#
        JkNjRhZjdmYWE5YWNjYTEyMGVmIn19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUUNkTUxvbGJBdj\#
        k5WUhsOXFaRUpRWnl4ZkRzRjhoeW1MSDNWY29ETUw5eFJRSWhBSjVHeldRSkhjK0lzckN6VGx5Y0V1RE5zbH\#
        BMdm9ObitkSFprVzl1cGdlQSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCUVZVSk\#
        1TVU1nUzBWWkxTMHRMUzBLVFVacmQwVjNXVWhMYjFwSmVtb3dRMEZSV1VsTGIxcEplbW93UkVGUlkwUlJaME\#
        ZGVDI1dmNXZFBWMnRXVXpnNWNGZHZObWxuY25wT2IxUTBObTB4T0FwdFRXRnBTREp0VkVkbGMyWTRlVmhLYl\#
        dkRVJqQmxRelpvWmxaTGJ6ZHJVbmxzV0c4eVZGRlRkSFo2U2xVNGFHdE9OVzQyTlZWb2VtNVJQVDBLTFMwdE\#
        xTMUZUa1FnVUZWQ1RFbERJRXRGV1MwdExTMHRDZz09In19fX0=", "integratedTime": 1795680731, "\#
        logID": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeeabcd", "logInde\#
        x": 7}}
        """#
    static let leaf = #"""
        -----BEGIN CERTIFICATE-----
        MIIB3jCCAYWgAwIBAgIUGySv11vhsliFs9JPWF5w3E10TzgwCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFaW50ZXIwHhcNMjYxMTI2MDgxMjExWhcNMjYxMTI3MDgxMjEx
        WjAPMQ0wCwYDVQQDDARsZWFmMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOnoq
        gOWkVS89pWo6igrzNoT46m18mMaiH2mTGesf8yXJmgDF0eC6hfVKo7kRylXo2TQS
        tvzJU8hkN5n65UhznaOBvTCBujAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIH
        gDATBgNVHSUEDDAKBggrBgEFBQcDAzAfBgNVHREBAf8EFTATgRFhbGljZUBleGFt
        cGxlLmNvbTAkBgorBgEEAYO/MAEBBBZodHRwczovL2lzc3Vlci5leGFtcGxlMB0G
        A1UdDgQWBBRNioDjSDJ3zqi5sl5p6XbkZI+mgzAfBgNVHSMEGDAWgBS8vCy4vVwZ
        CnXBsjXsiNSA68BobDAKBggqhkjOPQQDAgNHADBEAiBTJvByBK4EIqccHUqxWQmX
        ueeWArGBPY7fyKDMG5Ke/QIgc04A04ECgGhP10uKvhEKlVGLpRcKl3OMCbDKS4vF
        bzM=
        -----END CERTIFICATE-----
        """#
    static let tls = #"""
        -----BEGIN CERTIFICATE-----
        MIIB3jCCAYWgAwIBAgIUGySv11vhsliFs9JPWF5w3E10TzkwCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFaW50ZXIwHhcNMjYxMTI2MDgxMjExWhcNMjYxMTI3MDgxMjEx
        WjAPMQ0wCwYDVQQDDARsZWFmMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOnoq
        gOWkVS89pWo6igrzNoT46m18mMaiH2mTGesf8yXJmgDF0eC6hfVKo7kRylXo2TQS
        tvzJU8hkN5n65UhznaOBvTCBujAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoGCCsG
        AQUFBwMBMC8GA1UdEQQoMCaBEWFsaWNlQGV4YW1wbGUuY29tghFidWlsZC5leGFt
        cGxlLmNvbTAkBgorBgEEAYO/MAEBBBZodHRwczovL2lzc3Vlci5leGFtcGxlMB0G
        A1UdDgQWBBRNioDjSDJ3zqi5sl5p6XbkZI+mgzAfBgNVHSMEGDAWgBS8vCy4vVwZ
        CnXBsjXsiNSA68BobDAKBggqhkjOPQQDAgNHADBEAiBau5pUV9TSeNHc8KX8tnbv
        FSfyiRnMj4RogmXkq5v4CAIgfRefwe0vMY+4Q0iG2V4gjNJ8BqTzwXPi0EM42n5k
        3hA=
        -----END CERTIFICATE-----
        """#
    static let inter = #"""
        -----BEGIN CERTIFICATE-----
        MIIBhDCCASqgAwIBAgIUCZYtJIIEFigmjfFjllKj4fJkTYowCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEcm9vdDAeFw0yNjExMjYwODEyMTFaFw0zNjExMjMwODEyMTFa
        MBAxDjAMBgNVBAMMBWludGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOgRl
        eJX0yYmT/A9Oby6XitNAY5shn2PUMnBwQWU90aBkgQG1oTZTKIT+hOMLqdhnMfhO
        8Sd1BqzI/HnwrcPttKNjMGEwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMC
        AgQwHQYDVR0OBBYEFLy8LLi9XBkKdcGyNeyI1IDrwGhsMB8GA1UdIwQYMBaAFGLC
        5KgsdP2moxbJG23uF3ebzT+IMAoGCCqGSM49BAMCA0gAMEUCIFyFs1TceOtp97H5
        PtJ94StHjKd5efM6jtbDxiTnFClQAiEAqPae5YbxxbCJvXdvOc86gg+gpAVhaOrG
        /MWE6VRBf+o=
        -----END CERTIFICATE-----
        """#
    static let root = #"""
        -----BEGIN CERTIFICATE-----
        MIIBYjCCAQigAwIBAgIULhUwJ9sVeaFcTcPtklkxSXOfrxUwCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEcm9vdDAeFw0yNjExMjYwODEyMTFaFw0zNjExMjMwODEyMTFa
        MA8xDTALBgNVBAMMBHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATWstoT
        UMZt+S5d4TPla5z854rVjVZ3WH/g0/aXsIosvOOpHvY2JgPe8jK8mX6kodRclpYV
        ZdGL+oY9/ZQIYergo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIC
        BDAdBgNVHQ4EFgQUYsLkqCx0/aajFskbbe4Xd5vNP4gwCgYIKoZIzj0EAwIDSAAw
        RQIgR8ClN7DfX2/DBAHa3uxmy+nTiuUUtA1e0tjKwCWP74ECIQCHWBB8zqr2tn6M
        3jE/KL/ndI9g4QvZpYMjx3jy4PIkQA==
        -----END CERTIFICATE-----
        """#
    static let other = #"""
        -----BEGIN CERTIFICATE-----
        MIIBZDCCAQqgAwIBAgIUNp71B6jsBjzHrA5APiKiG61hOqYwCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFb3RoZXIwHhcNMjYxMTI2MDgxMjExWhcNMzYxMTIzMDgxMjEx
        WjAQMQ4wDAYDVQQDDAVvdGhlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB+M
        V2gNmdR+Rt+vBgc1bM3PDBE4mKXocnx5YQnYm4rvIPgquO2vNp2yxUeIMYSOPpxJ
        fdm3o4WoZ6sP0pB6TEGjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD
        AgIEMB0GA1UdDgQWBBTwcW+LM32HuuxAchBYN8402zcVmzAKBggqhkjOPQQDAgNI
        ADBFAiEA3alvftcVDazhMkBBxDOBT9v4aCdCO6bLc7eO2iU52PUCIGh4Bp3CPzj+
        25iB+mC6zfnApCyEg9EhAXMl/NP5PVh3
        -----END CERTIFICATE-----
        """#
    static let leafBundle = #"""
        {"SignedEntryTimestamp": "MEUCIQCs3EVJDf2ERjWcRbqwNOIEhkGoKYpWZyyfoOK0IOQA9AIgbOMONs\#
        cPFEsy4QMpFcDFhCANdXoqdfuua6NKc2iGZFU=", "Payload": {"body": "eyJhcGlWZXJzaW9uIjoiMC\#
        4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIj\#
        oic2hhMjU2IiwidmFsdWUiOiI3YTc0YjllZmRiZmJmNDg1MjRiMjQ5NDNkMThmMDYzNDRkNTIwZWRhNjY2ZD\#
        JkNjRhZjdmYWE5YWNjYTEyMGVmIn19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUUNkTUxvbGJBdj\#
        k5WUhsOXFaRUpRWnl4ZkRzRjhoeW1MSDNWY29ETUw5eFJRSWhBSjVHeldRSkhjK0lzckN6VGx5Y0V1RE5zbH\#
        BMdm9ObitkSFprVzl1cGdlQSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCRFJWSl\#
        VTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSXpha05EUVZsWFowRjNTVUpCWjBsVlIzbFRkakV4ZG1oemJHbEdjem\#
        xLVUZkR05YY3pSVEV3VkhwbmQwTm5XVWxMYjFwSmVtb3dSVUYzU1hjS1JVUkZUMDFCZDBkQk1WVkZRWGQzUm\#
        1GWE5UQmFXRWwzU0doalRrMXFXWGhOVkVreVRVUm5lRTFxUlhoWGFHTk9UV3BaZUUxVVNUTk5SR2Q0VFdwRm\#
        VBcFhha0ZRVFZFd2QwTjNXVVJXVVZGRVJFRlNjMXBYUm0xTlJtdDNSWGRaU0V0dldrbDZhakJEUVZGWlNVdH\#
        ZXa2w2YWpCRVFWRmpSRkZuUVVWUGJtOXhDbWRQVjJ0V1V6ZzVjRmR2Tm1sbmNucE9iMVEwTm0weE9HMU5ZV2\#
        xJTW0xVVIyVnpaamg1V0VwdFowUkdNR1ZETm1obVZrdHZOMnRTZVd4WWJ6SlVVVk1LZEhaNlNsVTRhR3RPTl\#
        c0Mk5WVm9lbTVoVDBKMlZFTkNkV3BCVFVKblRsWklVazFDUVdZNFJVRnFRVUZOUVRSSFFURlZaRVIzUlVJdm\#
        QxRkZRWGRKU0FwblJFRlVRbWRPVmtoVFZVVkVSRUZMUW1kbmNrSm5SVVpDVVdORVFYcEJaa0puVGxaSVVrVk\#
        NRV1k0UlVaVVFWUm5Va1pvWWtkc2FscFZRbXhsUjBaMENtTkhlR3hNYlU1MllsUkJhMEpuYjNKQ1owVkZRVm\#
        xQTDAxQlJVSkNRbHB2WkVoU2QyTjZiM1pNTW14Nll6TldiR05wTld4bFIwWjBZMGQ0YkUxQ01FY0tRVEZWWk\#
        VSblVWZENRbEpPYVc5RWFsTkVTak42Y1drMWMydzFjRFpZWW10YVNTdHRaM3BCWmtKblRsWklVMDFGUjBSQl\#
        YyZENVemgyUTNrMGRsWjNXZ3BEYmxoQ2MycFljMmxPVTBFMk9FSnZZa1JCUzBKblozRm9hMnBQVUZGUlJFRm\#
        5Ua2hCUkVKRlFXbENWRXAyUW5sQ1N6UkZTWEZqWTBoVmNYaFhVVzFZQ25WbFpWZEJja2RDVUZrM1pubExSRT\#
        FITlV0bEwxRkpaMk13TkVFd05FVkRaMGRvVURFd2RVdDJhRVZMYkZaSFRIQlNZMHRzTTA5TlEySkVTMU0wZG\#
        tZS1lucE5QUW90TFMwdExVVk9SQ0JEUlZKVVNVWkpRMEZVUlMwdExTMHRDZz09In19fX0=", "integrated\#
        Time": 1795680791, "logID": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec\#
        0ffeeabcd", "logIndex": 7}}
        """#
    static let lateBundle = #"""
        {"SignedEntryTimestamp": "MEUCID2cLhql+Spevf8RU7S1BadUtkp7eHLV8YCNfeiD+XVPAiEAkpFuYf\#
        KYeSeilFX7ab2vMlJ4obGBvJKMEN420diKL1w=", "Payload": {"body": "eyJhcGlWZXJzaW9uIjoiMC\#
        4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIj\#
        oic2hhMjU2IiwidmFsdWUiOiI3YTc0YjllZmRiZmJmNDg1MjRiMjQ5NDNkMThmMDYzNDRkNTIwZWRhNjY2ZD\#
        JkNjRhZjdmYWE5YWNjYTEyMGVmIn19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUUNkTUxvbGJBdj\#
        k5WUhsOXFaRUpRWnl4ZkRzRjhoeW1MSDNWY29ETUw5eFJRSWhBSjVHeldRSkhjK0lzckN6VGx5Y0V1RE5zbH\#
        BMdm9ObitkSFprVzl1cGdlQSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCRFJWSl\#
        VTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSXpha05EUVZsWFowRjNTVUpCWjBsVlIzbFRkakV4ZG1oemJHbEdjem\#
        xLVUZkR05YY3pSVEV3VkhwbmQwTm5XVWxMYjFwSmVtb3dSVUYzU1hjS1JVUkZUMDFCZDBkQk1WVkZRWGQzUm\#
        1GWE5UQmFXRWwzU0doalRrMXFXWGhOVkVreVRVUm5lRTFxUlhoWGFHTk9UV3BaZUUxVVNUTk5SR2Q0VFdwRm\#
        VBcFhha0ZRVFZFd2QwTjNXVVJXVVZGRVJFRlNjMXBYUm0xTlJtdDNSWGRaU0V0dldrbDZhakJEUVZGWlNVdH\#
        ZXa2w2YWpCRVFWRmpSRkZuUVVWUGJtOXhDbWRQVjJ0V1V6ZzVjRmR2Tm1sbmNucE9iMVEwTm0weE9HMU5ZV2\#
        xJTW0xVVIyVnpaamg1V0VwdFowUkdNR1ZETm1obVZrdHZOMnRTZVd4WWJ6SlVVVk1LZEhaNlNsVTRhR3RPTl\#
        c0Mk5WVm9lbTVoVDBKMlZFTkNkV3BCVFVKblRsWklVazFDUVdZNFJVRnFRVUZOUVRSSFFURlZaRVIzUlVJdm\#
        QxRkZRWGRKU0FwblJFRlVRbWRPVmtoVFZVVkVSRUZMUW1kbmNrSm5SVVpDVVdORVFYcEJaa0puVGxaSVVrVk\#
        NRV1k0UlVaVVFWUm5Va1pvWWtkc2FscFZRbXhsUjBaMENtTkhlR3hNYlU1MllsUkJhMEpuYjNKQ1owVkZRVm\#
        xQTDAxQlJVSkNRbHB2WkVoU2QyTjZiM1pNTW14Nll6TldiR05wTld4bFIwWjBZMGQ0YkUxQ01FY0tRVEZWWk\#
        VSblVWZENRbEpPYVc5RWFsTkVTak42Y1drMWMydzFjRFpZWW10YVNTdHRaM3BCWmtKblRsWklVMDFGUjBSQl\#
        YyZENVemgyUTNrMGRsWjNXZ3BEYmxoQ2MycFljMmxPVTBFMk9FSnZZa1JCUzBKblozRm9hMnBQVUZGUlJFRm\#
        5Ua2hCUkVKRlFXbENWRXAyUW5sQ1N6UkZTWEZqWTBoVmNYaFhVVzFZQ25WbFpWZEJja2RDVUZrM1pubExSRT\#
        FITlV0bEwxRkpaMk13TkVFd05FVkRaMGRvVURFd2RVdDJhRVZMYkZaSFRIQlNZMHRzTTA5TlEySkVTMU0wZG\#
        tZS1lucE5QUW90TFMwdExVVk9SQ0JEUlZKVVNVWkpRMEZVUlMwdExTMHRDZz09In19fX0=", "integrated\#
        Time": 1796544731, "logID": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec\#
        0ffeeabcd", "logIndex": 7}}
        """#
    static let tlsBundle = #"""
        {"SignedEntryTimestamp": "MEQCIHpnRYtbBBioaUNPBn731FIrSmcU1wvR53McLbGsQfT5AiBIusHlFf\#
        /J/cpdt5UJhxZuNJxUHIwkNt7IgH1jIlpKwg==", "Payload": {"body": "eyJhcGlWZXJzaW9uIjoiMC\#
        4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIj\#
        oic2hhMjU2IiwidmFsdWUiOiI3YTc0YjllZmRiZmJmNDg1MjRiMjQ5NDNkMThmMDYzNDRkNTIwZWRhNjY2ZD\#
        JkNjRhZjdmYWE5YWNjYTEyMGVmIn19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUUNkTUxvbGJBdj\#
        k5WUhsOXFaRUpRWnl4ZkRzRjhoeW1MSDNWY29ETUw5eFJRSWhBSjVHeldRSkhjK0lzckN6VGx5Y0V1RE5zbH\#
        BMdm9ObitkSFprVzl1cGdlQSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCRFJWSl\#
        VTVVpKUTBGVVJTMHRMUzB0Q2sxSlNVSXpha05EUVZsWFowRjNTVUpCWjBsVlIzbFRkakV4ZG1oemJHbEdjem\#
        xLVUZkR05YY3pSVEV3VkhwcmQwTm5XVWxMYjFwSmVtb3dSVUYzU1hjS1JVUkZUMDFCZDBkQk1WVkZRWGQzUm\#
        1GWE5UQmFXRWwzU0doalRrMXFXWGhOVkVreVRVUm5lRTFxUlhoWGFHTk9UV3BaZUUxVVNUTk5SR2Q0VFdwRm\#
        VBcFhha0ZRVFZFd2QwTjNXVVJXVVZGRVJFRlNjMXBYUm0xTlJtdDNSWGRaU0V0dldrbDZhakJEUVZGWlNVdH\#
        ZXa2w2YWpCRVFWRmpSRkZuUVVWUGJtOXhDbWRQVjJ0V1V6ZzVjRmR2Tm1sbmNucE9iMVEwTm0weE9HMU5ZV2\#
        xJTW0xVVIyVnpaamg1V0VwdFowUkdNR1ZETm1obVZrdHZOMnRTZVd4WWJ6SlVVVk1LZEhaNlNsVTRhR3RPTl\#
        c0Mk5WVm9lbTVoVDBKMlZFTkNkV3BCVFVKblRsWklVazFDUVdZNFJVRnFRVUZOUWsxSFFURlZaRXBSVVUxTl\#
        FXOUhRME56UndwQlVWVkdRbmROUWsxRE9FZEJNVlZrUlZGUmIwMURZVUpGVjBaellWZE9iRkZIVmpSWlZ6Rj\#
        NZa2RWZFZreU9YUm5hRVpwWkZkc2MxcEROV3hsUjBaMENtTkhlR3hNYlU1MllsUkJhMEpuYjNKQ1owVkZRVm\#
        xQTDAxQlJVSkNRbHB2WkVoU2QyTjZiM1pNTW14Nll6TldiR05wTld4bFIwWjBZMGQ0YkUxQ01FY0tRVEZWWk\#
        VSblVWZENRbEpPYVc5RWFsTkVTak42Y1drMWMydzFjRFpZWW10YVNTdHRaM3BCWmtKblRsWklVMDFGUjBSQl\#
        YyZENVemgyUTNrMGRsWjNXZ3BEYmxoQ2MycFljMmxPVTBFMk9FSnZZa1JCUzBKblozRm9hMnBQVUZGUlJFRm\#
        5Ua2hCUkVKRlFXbENZWFUxY0ZWV09WUlRaVTVJWXpoTFdEaDBibUoyQ2taVFpubHBVbTVOYWpSU2IyZHRXR3\#
        R4TlhZMFEwRkpaMlpTWldaM1pUQjJUVmtyTkZFd2FVY3lWalJuYWs1S09FSnhWSHAzV0ZCcE1FVk5OREp1Tl\#
        dzS00yaEJQUW90TFMwdExVVk9SQ0JEUlZKVVNVWkpRMEZVUlMwdExTMHRDZz09In19fX0=", "integrated\#
        Time": 1795680791, "logID": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec\#
        0ffeeabcd", "logIndex": 7}}
        """#
    static let forged = #"""
        {"SignedEntryTimestamp": "MEQCIHqKLDcXjXX6/FUfQs6rBL2SURzTkj3PiUQj80/1qTFVAiA0T6tO/J\#
        slsw+0MjoeS9nQJ0s5ZVqwquTluSrHyV3/Kg==", "Payload": {"body": "eyJhcGlWZXJzaW9uIjoiMC\#
        4wLjEiLCJraW5kIjoiaGFzaGVkcmVrb3JkIiwic3BlYyI6eyJkYXRhIjp7Imhhc2giOnsiYWxnb3JpdGhtIj\#
        oic2hhMjU2IiwidmFsdWUiOiI3YTc0YjllZmRiZmJmNDg1MjRiMjQ5NDNkMThmMDYzNDRkNTIwZWRhNjY2ZD\#
        JkNjRhZjdmYWE5YWNjYTEyMGVmIn19LCJzaWduYXR1cmUiOnsiY29udGVudCI6Ik1FWUNJUUNkTUxvbGJBdj\#
        k5WUhsOXFaRUpRWnl4ZkRzRjhoeW1MSDNWY29ETUw5eFJRSWhBSjVHeldRSkhjK0lzckN6VGx5Y0V1RE5zbH\#
        BMdm9ObitkSFprVzl1cGdlQSIsInB1YmxpY0tleSI6eyJjb250ZW50IjoiTFMwdExTMUNSVWRKVGlCUVZVSk\#
        1TVU1nUzBWWkxTMHRMUzBLVFVacmQwVjNXVWhMYjFwSmVtb3dRMEZSV1VsTGIxcEplbW93UkVGUlkwUlJaME\#
        ZGVDI1dmNXZFBWMnRXVXpnNWNGZHZObWxuY25wT2IxUTBObTB4T0FwdFRXRnBTREp0VkVkbGMyWTRlVmhLYl\#
        dkRVJqQmxRelpvWmxaTGJ6ZHJVbmxzV0c4eVZGRlRkSFo2U2xVNGFHdE9OVzQyTlZWb2VtNVJQVDBLTFMwdE\#
        xTMUZUa1FnVUZWQ1RFbERJRXRGV1MwdExTMHRDZz09In19fX0=", "integratedTime": 1795680731, "\#
        logID": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeeabcd", "logInde\#
        x": 7}}
        """#
    static let seconds: Int64 = 1795680791
}
