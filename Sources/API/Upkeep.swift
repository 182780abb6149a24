internal import Dispatch
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Ledger
internal import Store

/// What whoever keeps the server asks of it.
struct Upkeep: Sendable {
    let service: Service

    /// Each waits for the files, which one writes at a time; figures have their own threads.
    private static let upkeep = DispatchQueue(label: "upkeep")

    /// `POST /internal/snapshot`: writes a snapshot now, beside live traffic.
    func snapshot(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandAdministrator(request)
        let store = service.store
        return service.offLoop(request, on: Self.upkeep) { () throws(Problem) in
            do throws(LedgerFault) {
                return .json(["seq": .integer(try store.snapshot())])
            } catch {
                throw Problem(
                    .serviceUnavailable, title: "No snapshot",
                    detail: "The snapshot was not written: \(error). The journal has everything that it would have.")
            }
        }
    }

    /// `GET /internal/backup`: the directory as it stands now, as a tar archive.
    func backup(_ request: borrowing Request) throws(Problem) -> Response {
        try service.permissions.demandAdministrator(request)
        guard let files = service.files else { throw Problem(.notFound, detail: "This ledger has no files.") }
        // A snapshot or an erasure that is being written is waited for.
        return service.offLoop(request, on: Self.upkeep) { () throws(Problem) in
            do throws(LedgerFault) {
                let archive = TarArchive(try files.openForBackup())
                return Response(
                    contentType: "application/x-tar",
                    fields: [
                        .contentDisposition: "attachment; filename=\"tandem.tar\"",
                        .cacheControl: "no-store",
                    ],
                    stream: OutgoingBody(length: archive.size) { place in archive.bytes(at: place) })
            } catch {
                throw Problem(
                    .serviceUnavailable, title: "No backup", detail: "The files could not be opened: \(error).")
            }
        }
    }
}
