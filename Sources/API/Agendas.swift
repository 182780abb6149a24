internal import Domain
internal import HTTPServer
internal import HTTPTypes
internal import JSON
internal import Store

/// `GET /v1/users/{id}/agenda`: what somebody is to do on a day.
struct Agendas: Sendable {
    let service: Service
    let clock: @Sendable () -> Instant

    /// Answers with what is due on the day that `on` names, or today where `tz` is.
    func show(_ request: borrowing Request) throws(Problem) -> Response {
        let sight = try service.permissions.sight(of: request, reading: User.schema.name)
        let user = try service.record(User.schema, request)
        let (day, zone) = try Self.day(try request.queryItems(), now: clock())
        let view = service.store.view
        return service.offLoop(request) { () throws(Problem) in
            do throws(JSONFault) {
                let members = try Agenda.of(user, on: day, in: zone, view) { sight.isAll || sight.sees($0, in: view) }
                return .json(
                    .object(
                        [
                            .init("user_id", .string(user.idText)), .init("on", .string(day.description)),
                            .init("tz", .string(zone.name)),
                        ] + members))
            } catch {
                throw Problem(.internalServerError, detail: "A record could not be read: \(error).")
            }
        }
    }

    private static func day(_ items: [QueryItem], now: Instant) throws(Problem) -> (Day, Zone) {
        var faults: [Fault] = []
        var zone = Zone.utc
        var day: Day?
        for item in items {
            switch item.name {
            case "on":
                day = Day(item.value)
                if day == nil { faults.append(Fault("on", "must be a date such as 2026-01-31")) }
            case "tz":
                if let named = Zone(item.value) {
                    zone = named
                } else {
                    faults.append(Fault("tz", "must be an IANA time zone such as Europe/Berlin"))
                }
            default: faults.append(Fault(item.name, "there is no such parameter here; there are on, tz"))
            }
        }
        guard faults.isEmpty else { throw Problem(queryFaults: faults) }
        return (day ?? zone.day(of: now), zone)
    }
}
