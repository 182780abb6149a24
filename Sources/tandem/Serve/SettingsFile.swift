import Foundation
import JSON

/// The file of `--config`: a JSON object whose members are named as the flags are, `{"tls-cert": "…", "body-bytes": 100}`.
enum SettingsFile {
    /// Every setting there is but the file itself; the last two have no flag, which everybody on the machine could read.
    static let names: Set<String> = [
        "listen", "tls-cert", "tls-key", "data", "sync", "keep-history", "segment-bytes", "open", "demo", "smtp-url",
        "smtp-from", "loops", "log-level", "access-log", "access-log-sample", "cors-origin", "grace", "header-time",
        "idle-time", "answer-time", "write-time", "body-rate", "request-line-bytes", "header-bytes", "header-fields",
        "body-bytes", "import-bytes", "connections", "connections-per-address", "requests-per-second", "smtp-user",
        "smtp-password",
    ]

    /// Reads a file, as the variables of an environment that says the same.
    static func variables(_ path: String) throws(Failure) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("the settings file \(path) cannot be read")
        }
        let json: JSON
        do throws(JSONFault) { json = try JSONParser.parse(Array(data)) } catch {
            throw Failure("the settings file \(path) is not JSON: \(error)")
        }
        guard case .object(let members) = json else { throw Failure("the settings file \(path) is no object") }
        var variables: [String: String] = [:]
        for member in members {
            guard names.contains(member.name) else {
                throw Failure("the settings file \(path) has \"\(member.name)\", which is no setting")
            }
            guard let text = text(member.value) else {
                throw Failure(
                    "the settings file \(path): \"\(member.name)\" is no text, number or flag, or several texts")
            }
            variables["TANDEM_" + member.name.uppercased().replacing("-", with: "_")] = text
        }
        return variables
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .bool(let flag): return String(flag)
        case .array(let elements):
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count ? texts.joined(separator: ",") : nil
        default: return nil
        }
    }
}
