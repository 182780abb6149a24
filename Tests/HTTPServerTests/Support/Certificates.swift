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
    func make(_ name: String, kind: String = "ec") throws {
        try openssl(
            ["req", "-x509", "-days", "2", "-addext", "subjectAltName=DNS:localhost"] + newKey(name, kind)
                + ["-out", path("\(name).pem")])
    }

    /// Makes a certificate that was one for a day long ago, which only the command of authorities does.
    func makeExpired(_ name: String) throws {
        try openssl(["req", "-new"] + newKey(name, "ec") + ["-out", path("\(name).req")])
        let settings = """
            [ca]
            default_ca = own
            [own]
            database = \(path("index"))
            new_certs_dir = \(folder)
            rand_serial = yes
            default_md = sha256
            policy = any
            [any]
            commonName = supplied

            """
        try write(Data(), to: "index")
        try write(Data(settings.utf8), to: "authority")
        try openssl(
            ["ca", "-config", path("authority"), "-selfsign", "-batch", "-keyfile", path("\(name).key")]
                + ["-in", path("\(name).req"), "-out", path("\(name).pem")]
                + ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"])
    }

    private func newKey(_ name: String, _ kind: String) -> [String] {
        let curve = kind == "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : []
        return ["-newkey", kind] + curve + ["-nodes", "-subj", "/CN=\(name)", "-keyout", path("\(name).key")]
    }

    /// Runs the `openssl` command, which must not fail.
    func openssl(_ arguments: [String]) throws {
        let (status, printed) = try TLSClient.run("openssl", arguments)
        if status != 0 { throw Failure(printed: printed) }
    }

    struct Failure: Error { let printed: String }
}
