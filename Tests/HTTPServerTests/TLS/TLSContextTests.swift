import Foundation
import Testing

@testable import HTTPServer

@Suite("A certificate", .timeLimit(.minutes(10)))
struct TLSContextTests {
    @Test("that is read again is shown to new connections, while old ones go on")
    func reload() async throws {
        try await TLSHandshakeTests.Case(
            "",
            """
            old = connect()
            print(shown(old), ask(old, 'second\\n'), end=' ')
            new = connect()
            print(shown(new), ask(new, 'hello'), shown(old), ask(old, 'hello'))
            leave(new)
            leave(old)
            """,
            prints: "first reloaded second hello first hello", ends: "end", "end"
        ).run()
    }

    @Test("that cannot be read again leaves what there is", .timeLimit(.minutes(10)))
    func keptAfterFault() async throws {
        let certificates = try await onOwnThread { Result { try Certificates() } }.get()
        let context = try certificates.context()
        let before = context.settings
        try certificates.copy("second.pem", to: "cert.pem")
        #expect(throws: TLSFault.self) { try context.reload() }
        #expect(context.settings === before)
        try certificates.copy("second.key", to: "key.pem")
        try context.reload()
        #expect(context.settings !== before)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let certificate: String
        let key: String
        let fault: String
        let testDescription: String

        init(_ certificate: String, _ key: String, _ fault: String, _ why: String) {
            self.certificate = certificate
            self.key = key
            self.fault = fault
            testDescription = why
        }
    }

    static let taken: [Case] = [
        Case("first.pem", "first.key", "", "a certificate and its key"),
        Case("both.pem", "both.pem", "", "both in one file"),
        Case("chain.pem", "first.key", "", "a certificate and one above it"),
        Case("expired.pem", "expired.key", "", "a certificate that has expired"),
        Case("rsa.pem", "rsa.key", "", "a key of RSA"),
    ]

    static let refused: [Case] = [
        Case("none.pem", "first.key", "none.pem: cannot be read: No such file or directory", "no certificate"),
        Case("first.pem", "none.key", "none.key: cannot be read: No such file or directory", "no key"),
        Case(".", "first.key", ".: cannot be read: Is a directory", "a folder for a certificate"),
        Case("first.pem", ".", ".: cannot be read: Is a directory", "a folder for a key"),
        Case("empty.pem", "first.key", "empty.pem: holds no certificate in PEM", "an empty certificate"),
        Case("first.pem", "empty.pem", "empty.pem: holds no private key in PEM", "an empty key"),
        Case("text.pem", "first.key", "text.pem: holds no certificate in PEM", "a certificate that is text"),
        Case("first.pem", "text.pem", "text.pem: holds no private key in PEM", "a key that is text"),
        Case("first.key", "first.key", "first.key: holds no certificate in PEM", "a key for a certificate"),
        Case("first.pem", "first.pem", "first.pem: holds no private key in PEM", "a certificate for a key"),
        Case("first.der", "first.key", "first.der: holds no certificate in PEM", "a certificate in DER"),
        Case("cut.pem", "first.key", "cut.pem: its certificate cannot be used: bad end line", "half a certificate"),
        Case(
            "first.pem", "second.key", "second.key: the key does not fit the certificate in first.pem", "another's key"),
        Case(
            "first.pem", "rsa.key", "rsa.key: the key does not fit the certificate in first.pem",
            "a key of another kind"),
        Case(
            "first.pem", "locked.key",
            "locked.key: its private key is encrypted, and there is nobody to ask for the password",
            "a key that is encrypted"),
        Case("weak.pem", "weak.key", "weak.pem: its certificate cannot be used: ee key too small", "a weak key"),
    ]

    @Test("and its key are taken, or refused with the file and the reason", arguments: taken + refused)
    func files(_ example: Case) async throws {
        let certificates = try await onOwnThread { Result { try Self.certificates(for: example) } }.get()
        var fault = ""
        do throws(TLSFault) {
            _ = try TLSContext(
                certificateFile: certificates.path(example.certificate), keyFile: certificates.path(example.key))
        } catch {
            fault = error.description.replacing(certificates.folder + "/", with: "")
        }
        #expect(fault == example.fault)
    }

    private static func certificates(for example: Case) throws -> Certificates {
        let certificates = try Certificates()
        for file in Set([example.certificate, example.key]) { try make(file, certificates) }
        return certificates
    }

    private static func make(_ file: String, _ certificates: Certificates) throws {
        func contents(_ file: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: certificates.path(file)))
        }
        let first = try contents("first.pem")
        switch file {
        case "both.pem": try certificates.write(first + contents("first.key"), to: file)
        case "chain.pem": try certificates.write(first + contents("second.pem"), to: file)
        case "cut.pem": try certificates.write(first.prefix(first.count / 2), to: file)
        case "empty.pem": try certificates.write(Data(), to: file)
        case "text.pem": try certificates.write(Data("hello\n".utf8), to: file)
        case "rsa.pem", "rsa.key": try certificates.make("rsa", kind: "rsa:2048")
        case "weak.pem": try certificates.make("weak", kind: "rsa:1024")
        case "expired.pem": try certificates.makeExpired("expired")
        case "first.der":
            try certificates.openssl(
                ["x509", "-in", certificates.path("first.pem"), "-outform", "DER", "-out", certificates.path(file)])
        case "locked.key":
            try certificates.openssl(
                ["pkey", "-in", certificates.path("first.key"), "-aes128", "-passout", "pass:secret"]
                    + ["-out", certificates.path(file)])
        default: break
        }
    }
}
