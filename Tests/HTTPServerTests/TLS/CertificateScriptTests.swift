import Foundation
import Testing

@testable import HTTPServer

@Suite("scripts/certificate", .timeLimit(.minutes(10)))
struct CertificateScriptTests {
    @Test("makes a certificate that is served and trusted by its names, and leaves one that is there")
    func made() async throws {
        let certificates = try await onOwnThread { Result { try Certificates() } }.get()
        let folder = certificates.path("new")
        let first = try await Self.certificate(folder)
        #expect(first.status == 0)
        #expect(first.printed.contains("--tls-cert \(folder)/cert.pem --tls-key \(folder)/key.pem\n"))
        #expect(first.printed.contains("curl --cacert \(folder)/cert.pem https://"))
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/key.pem")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        _ = try TLSContext(certificateFile: "\(folder)/cert.pem", keyFile: "\(folder)/key.pem")
        for name in ["hostname localhost", "ip 127.0.0.1", "ip ::1"] {
            let arguments = name.split(separator: " ").map(String.init)
            try certificates.openssl(
                ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "\(folder)/cert.pem"]
                    + ["-verify_\(arguments[0])", arguments[1], "\(folder)/cert.pem"])
        }

        let key = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/key.pem"))
        #expect(try await Self.certificate(folder).status == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/key.pem")) == key)
    }

    private static func certificate(_ folder: String) async throws -> (status: Int32, printed: String) {
        let script = URL(fileURLWithPath: #filePath).appending(path: "../../../../scripts/certificate").standardized
        return try await onOwnThread { Result { try TLSClient.run(script.path, [folder]) } }.get()
    }
}
