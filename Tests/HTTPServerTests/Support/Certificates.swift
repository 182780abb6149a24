import Foundation

@testable import HTTPServer

/// Certificates of one test, in a folder that goes with them: `first.pem` and `second.pem`, and the one that is served.
final class Certificates: Sendable {
    let folder = NSTemporaryDirectory() + "tls-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["first", "second"] { try make(name) }
        try serve("first")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ file: String) -> String { "\(folder)/\(file)" }

    /// The context of the certificate that is served.
    func context() throws(TLSFault) -> TLSContext {
        try TLSContext(certificateFile: path("cert.pem"), keyFile: path("key.pem"))
    }

    /// Puts another certificate where the one that is served stands.
    func serve(_ name: String) throws {
        try copy("\(name).pem", to: "cert.pem")
        try copy("\(name).key", to: "key.pem")
    }

    func copy(_ file: String, to other: String) throws {
        try write(Data(contentsOf: URL(fileURLWithPath: path(file))), to: other)
    }

    func write(_ data: Data, to file: String) throws {
        try data.write(to: URL(fileURLWithPath: path(file)))
    }

    /// Makes a certificate and its key.
    func make(_ name: String, kind: String = "ec", _ more: [String] = ["-days", "2"]) throws {
        let curve = kind == "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : []
        try openssl(
            ["req", "-x509", "-newkey", kind, "-nodes", "-subj", "/CN=\(name)"] + curve + more
                + ["-addext", "subjectAltName=DNS:localhost"]
                + ["-keyout", path("\(name).key"), "-out", path("\(name).pem")])
    }

    /// Runs the `openssl` command, which must not fail.
    func openssl(_ arguments: [String]) throws {
        let (status, printed) = try TLSClient.run("openssl", arguments)
        if status != 0 { throw Failure(printed: printed) }
    }

    struct Failure: Error { let printed: String }
}
