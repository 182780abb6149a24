import Testing

@testable import HTTPServer

@Suite("A session that a client comes back to", .timeLimit(.minutes(10)))
struct TLSResumptionTests {
    @Test("is resumed by its ticket", arguments: ["-tls1_2", "-tls1_3"])
    func ticket(_ version: String) async throws {
        try await TLSResponder.with { responder in
            let session = responder.certificates.path("session")
            let first = try await TLSClient.openssl(responder, [version, "-sess_out", session])
            #expect(first.contains("\nNew, TLSv1."))
            let second = try await TLSClient.openssl(responder, [version, "-sess_in", session])
            #expect(second.contains("\nReused, TLSv1."))
        }
    }

    @Test("is resumed by a ticket from before the certificate was read again", arguments: ["-tls1_2", "-tls1_3"])
    func ticketOfBefore(_ version: String) async throws {
        try await TLSResponder.with { responder in
            let session = responder.certificates.path("session")
            _ = try await TLSClient.openssl(responder, [version, "-sess_out", session])
            #expect(try await TLSClient.python(responder, "print(ask(connect(), 'second\\n'))") == "reloaded\n")
            let resumed = try await TLSClient.openssl(responder, [version, "-sess_in", session])
            #expect(resumed.contains("\nReused, TLSv1."))
        }
    }

    @Test("has two tickets in TLS 1.3, and one when it is resumed")
    func tickets() async throws {
        try await TLSResponder.with { responder in
            let session = responder.certificates.path("session")
            let first = try await TLSClient.openssl(responder, ["-sess_out", session])
            #expect(first.ranges(of: "Post-Handshake New Session Ticket arrived").count == 2)
            let second = try await TLSClient.openssl(responder, ["-sess_in", session])
            #expect(second.ranges(of: "Post-Handshake New Session Ticket arrived").count == 1)
        }
    }

    @Test("is not resumed by another server")
    func elsewhere() async throws {
        try await TLSResponder.with { here in
            try await TLSResponder.with { elsewhere in
                let session = here.certificates.path("session")
                _ = try await TLSClient.openssl(here, ["-sess_out", session])
                let other = try await TLSClient.openssl(elsewhere, ["-sess_in", session])
                #expect(other.contains("\nNew, TLSv1.3"))
            }
        }
    }
}
