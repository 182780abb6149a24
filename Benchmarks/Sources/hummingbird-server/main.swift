import Crypto
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// What the benchmark hands over: `hummingbird-server PORT HEALTH_FILE KEY_SHA256 LEADS_DIRECTORY`.
struct Arguments {
    var port: Int
    var health: ByteBuffer
    var keyHash: [UInt8]
    var leads: [String: ByteBuffer]

    init(_ words: [String]) throws {
        guard words.count == 5, let port = Int(words[1]), let hash = Self.bytes(hex: words[3]), hash.count == 32 else {
            throw Usage()
        }
        self.port = port
        self.health = try Self.contents(of: URL(filePath: words[2]))
        self.keyHash = hash
        self.leads = try Self.leads(in: URL(filePath: words[4], directoryHint: .isDirectory))
    }

    /// One file a lead, named by its id: a body may hold any byte, a line end too.
    static func leads(in directory: URL) throws -> [String: ByteBuffer] {
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        return try Dictionary(uniqueKeysWithValues: files.map { ($0.lastPathComponent, try contents(of: $0)) })
    }

    static func contents(of file: URL) throws -> ByteBuffer {
        ByteBuffer(bytes: try Data(contentsOf: file))
    }

    static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String { "usage: hummingbird-server PORT HEALTH_FILE KEY_SHA256 LEADS_DIRECTORY" }
    }
}

/// Lets a request through when the SHA-256 of its bearer key is the stored one.
struct BearerKeyMiddleware<Context: RequestContext>: RouterMiddleware {
    let hash: [UInt8]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let value = request.headers[.authorization], value.hasPrefix("Bearer "),
            SHA256.hash(data: Array(value.utf8.dropFirst(7))) == hash
        else { throw HTTPError(.unauthorized) }
        return try await next(request, context)
    }
}

func json(_ body: ByteBuffer) -> Response {
    Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
}

func makeRouter(_ arguments: Arguments) -> Router<BasicRequestContext> {
    let router = Router()
    let health = arguments.health
    router.get("health") { _, _ in json(health) }
    let leads = arguments.leads
    router.group("v1/leads")
        .add(middleware: BearerKeyMiddleware(hash: arguments.keyHash))
        .get(":id") { _, context in
            guard let lead = leads[try context.parameters.require("id")] else { throw HTTPError(.notFound) }
            return json(lead)
        }
    return router
}

/// Unbuffered, because the benchmark waits for this line.
func announce(_ port: Int) {
    FileHandle.standardOutput.write(Data("hummingbird listening on http://127.0.0.1:\(port)\n".utf8))
}

let arguments = try Arguments(CommandLine.arguments)
// One event loop, as Tandem gets one.
var app = Application(
    router: makeRouter(arguments),
    configuration: .init(address: .hostname("127.0.0.1", port: arguments.port), backlog: 1024),
    onServerRunning: { announce($0.localAddress?.port ?? 0) },
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1))
)
app.logger.logLevel = .error
try await app.runService()
