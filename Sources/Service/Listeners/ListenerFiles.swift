internal import Contracts
package import Settings
internal import Web

/// What listeners use of files that settings name: the tokens and keys of callers, certificates.
package struct ListenerFiles {
    let access: AccessRules
    /// By listener.
    let certificates: [String: ServerCertificate]
    let followed: [FollowedFiles]
    /// Files that cannot be used; hints about those that will soon be of no use.
    package let mistakes: [SettingDiagnostic]

    /// Reads them, so it may block.
    package init(_ settings: Settings) {
        var reading = Reading(settings: settings)
        let groups = settings.access.map { reading.group($0) }
        access = AccessRules(groups) { WallClock.now() }
        var certificates: [String: ServerCertificate] = [:]
        for listener in settings.listeners {
            if let tls = listener.tls { certificates[listener.name] = reading.certificate(listener.name, tls) }
        }
        self.certificates = certificates
        followed = reading.followed
        mistakes = reading.mistakes
    }

    private struct Reading {
        let settings: Settings
        var followed: [FollowedFiles] = []
        var mistakes: [SettingDiagnostic] = []

        mutating func group(_ access: AccessSettings) -> AccessGroup {
            let group = AccessGroup(name: access.name, issuer: access.issuer, audience: access.audience)
            let name = "http.access.\(access.name)"
            if let path = access.tokensFile {
                follow("\(name).tokensFile", [path]) {
                    Self.use(path, most: TokenTable.mostFileBytes) { text throws(TokenTable.Problem) in
                        group.use(try TokenTable(text))
                    }
                }
            }
            if let path = access.jwtKeyFile {
                follow("\(name).jwtKeyFile", [path]) {
                    Self.use(path, most: JWTKeys.mostFileBytes) { text throws(JWTKeys.Problem) in
                        group.use(try JWTKeys(text))
                    }
                }
            }
            return group
        }

        mutating func certificate(_ listener: String, _ files: ListenerSettings.TLS) -> ServerCertificate {
            let certificate = ServerCertificate()
            follow(
                "http.listeners.\(listener).tls.certificateFile", [files.certificateFile, files.keyFile],
                warning: { certificate.warning(now: WallClock.now()) },
                load: {
                    do throws(ServerCertificate.Problem) {
                        try certificate.load(
                            certificate: files.certificateFile, key: files.keyFile, now: WallClock.now())
                        return nil
                    } catch {
                        return error.description
                    }
                })
            return certificate
        }

        /// Loads the files now.
        private mutating func follow(
            _ setting: String, _ paths: [String], warning: @escaping @Sendable () -> String? = { nil },
            load: @escaping @Sendable () -> String?
        ) {
            let files = FollowedFiles(setting, paths, warning: warning, load: load)
            followed.append(files)
            let origin = SettingKey.named(setting).flatMap { settings.values[$0]?.origin }
            if let problem = files.load() {
                mistakes.append(SettingDiagnostic(at: origin, rule: "listener-file", "\(setting): \(problem)"))
            } else if let warning = files.warning() {
                mistakes.append(SettingDiagnostic(.hint, at: origin, rule: "listener-file", "\(setting): \(warning)"))
            }
        }

        private static func use<Problem: Error>(
            _ path: String, most: Int, _ use: (String) throws(Problem) -> Void
        ) -> String? {
            switch FollowedFiles.text(path, most: most) {
            case .failure(let error): return error.message
            case .success(let text):
                do throws(Problem) {
                    try use(text)
                    return nil
                } catch {
                    return "'\(path)': \(error)"
                }
            }
        }
    }
}
