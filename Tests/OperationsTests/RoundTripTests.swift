import Base
import Operations
import Testing

/// Words after a verb, and the Card that reads them.
private struct Line: Sendable, CustomStringConvertible {
    let description: String
    let check: @Sendable () throws -> Void

    init<Kind: Verb>(_ kind: Kind.Type, _ words: String) {
        description = "\(Kind.card.signature.words.joined(separator: " ")) \(words)"
        check = {
            let card = Kind.card
            let request = try card.parse(words.split(separator: " ").map(String.init))
            let arguments = card.arguments(for: request)
            #expect(try card.parse(arguments) == request, "\(arguments)")
            // What is about the command line alone does not travel.
            var wired = try card.request(from: card.exchange(for: request))
            let local = card.fields.filter(\.parameter.isLocal)
            for field in local {
                for text in field.write(request) { try field.read(&wired, text) }
            }
            #expect(wired == request, "\(card.exchange(for: request))")
        }
    }
}

private let lines = [
    Line(ArtifactAdd.self, "-a --annotation a=b --file-type c/d web f g"),
    Line(ArtifactAdd.self, "--replace --type a/b web f"),
    Line(ArtifactExtract.self, "--title a web dir"), Line(ArtifactExtract.self, "--digest a web f"),
    Line(ArtifactInspect.self, "-f {{.Name}} web"), Line(ArtifactList.self, "-n --no-trunc"),
    Line(ArtifactPull.self, "-q --authfile f --tls-verify=false --retry 2 a.b/c"),
    Line(ArtifactPush.self, "-q --digestfile f --sign-by me --creds a:b web docker://a.b/c"),
    Line(ArtifactRm.self, "-i a b"), Line(ArtifactRm.self, "--all"),
    Line(ContainerAttach.self, "--no-stdin --sig-proxy=false --detach-keys ctrl-a web"),
    Line(ContainerAttach.self, "--latest"),
    Line(ContainerExec.self, "-it -e A=1 --env-file f -u 1 -w / --privileged web sh -c x"),
    Line(ContainerExec.self, "--latest ls -l"),
    Line(ContainerExec.self, "-d --preserve-fds 2 web ls"),
    Line(ContainerExists.self, "web"), Line(ContainerInspect.self, "--format {{.Id}} a b"),
    Line(ContainerKill.self, "-s INT a b"), Line(ContainerKill.self, "--all"),
    Line(ContainerList.self, "-a -f name=x --format json --no-trunc --noheading -q --sort id"),
    Line(ContainerList.self, "-s -w 3"), Line(ContainerInspect.self, "-s a"),
    Line(ContainerStats.self, "-i 2 --no-reset a"), Line(PodStats.self, "--no-reset a"),
    Line(ContainerList.self, "--last 3 --pod"), Line(ContainerList.self, ""),
    Line(ContainerLogs.self, "-f -t -n --tail 5 --since 10m --until 1m --color a b"),
    Line(ContainerPause.self, "a"), Line(ContainerPort.self, "a 80/tcp"),
    Line(ContainerPort.self, "-a"),
    Line(ContainerPrune.self, "-f --filter label=x=y"),
    Line(ContainerRestart.self, "--running -t 3"), Line(ContainerRestart.self, "a b --cidfile f"),
    Line(ContainerRm.self, "-f -v -i --depend -t 1 a b"), Line(ContainerRm.self, "--filter name=a"),
    Line(ContainerStart.self, "-ai --sig-proxy a"), Line(ContainerStart.self, "--all"),
    Line(ContainerStop.self, "-t 0 -i a b"), Line(ContainerStop.self, "-al --all=false"),
    Line(ContainerTop.self, "a pid user"), Line(ContainerTop.self, "-l pid"),
    Line(ContainerUnpause.self, "--all"),
    Line(ContainerWait.self, "--condition running,exited a b"),
    Line(ContainerWait.self, "-i 1s --ignore a"), Line(ImageExists.self, "debian:12"),
    Line(HealthcheckRun.self, "--ignore-result web"),
    Line(AutoUpdate.self, "--dry-run --rollback=false --authfile f --tls-verify=false"),
    Line(AutoUpdate.self, "--format json"),
    Line(ImageImport.self, "-c CMD=x -m text --arch arm64 - localhost/x:1"),
    Line(ImageInspect.self, "-f json a b/c:d"), Line(ImageList.self, "-a --digests -n -q debian"),
    Line(ImageLoad.self, "-q -i file"), Line(ImageLoad.self, ""),
    Line(ImagePull.self, "--progress json a"),
    Line(ImagePull.self, "-q --policy missing --tls-verify=false --arch arm64 a b/c@sha256:0"),
    Line(
        ImagePush.self,
        "-q --creds a:b --tls-verify=false --retry 2 --retry-delay 2s -f v2s2 a docker://b.c/d:e"),
    Line(
        ImagePush.self, "--compression-format zstd --compression-level 19 --progress tty a oci:b:c"),
    Line(
        Copy.self,
        "-a -q --src-creds a:b --dest-tls-verify=false --dest-authfile f --preserve-digests "
            + "--additional-tag d.e/f:g --platform linux/arm64 docker://a.b/c:1 docker://d.e/f:1"),
    Line(Copy.self, "--dest-compress-format zstd --dest-decompress -f oci dir:/a/b oci:c:d"),
    Line(Sync.self, "-a --scoped --src docker --dest dir --append-suffix x -f oci a.b/c d"),
    Line(ListReferrers.self, "--artifact-type a/b --tls-verify=false docker://c.d/e:1"),
    Line(ListTags.self, "--creds a:b docker://c.d/e"),
    Line(Delete.self, "--retry 1 --authfile f docker://c.d/e:f"),
    Line(SystemInspect.self, "--raw --config -n --platform linux/arm64 --creds a:b docker://a.b/c"),
    Line(ImageRm.self, "-f -i a b"), Line(ImageRm.self, "--all --no-prune"),
    Line(ImageSearch.self, "-f stars=3 --filter is-official --compatible --creds a:b q"),
    Line(Sync.self, "--src yaml --dest dir a b"),
    Line(ImageSearch.self, "--limit 3 --list-tags --no-trunc --format json --tls-verify=false q"),
    Line(Login.self, "-u me -p x --authfile f --cert-dir d --tls-verify quay.io"),
    Line(Login.self, "--get-login quay.io"), Line(Logout.self, "quay.io"), Line(Logout.self, "-a"),
    Line(Login.self, "-u me --secret s --compat-auth-file f quay.io"),
    Line(Logout.self, "--compat-auth-file f quay.io"),
    Line(ImageSign.self, "--all --directory /d --sign-by me docker://quay.io/me/web:1"),
    Line(ImageTag.self, "a b c"),
    Line(ImageTrustSet.self, "-t sigstoreSigned -f a -f b --policypath c quay.io/me"),
    Line(ImageTrustSet.self, "-t reject default"),
    Line(ImageTrustShow.self, "-j -n --registrypath a --policypath b quay.io/me"),
    Line(ImageTrustShow.self, "--raw"),
    Line(ImageUntag.self, "a"), Line(VolumeCreate.self, "-l a=b -o c=d --ignore --uid 3 name"),
    Line(ManifestCreate.self, "--insecure web"), Line(ManifestAdd.self, "--insecure web a"),
    Line(ManifestCreate.self, "-a --all --annotation a=b --tls-verify=false web docker://a.b/c d"),
    Line(
        ManifestAdd.self,
        "--all --arch arm --variant v7 --os linux --os-version 5 --os-features a --features b,c "
            + "--annotation a=b --creds a:b web docker://c.d/e"),
    Line(ManifestAnnotate.self, "--index --annotation a=b web"),
    Line(ManifestAnnotate.self, "--arch arm64 --os-features a,b web sha256:0"),
    Line(ManifestExists.self, "web"), Line(ManifestInspect.self, "--tls-verify=false a.b/c"),
    Line(
        ManifestPush.self,
        "--rm -q --digestfile f -f v2s2 --compression-format zstd --sign-by me web docker://a.b/c"),
    Line(ManifestRemove.self, "web sha256:0 b"), Line(ManifestRm.self, "-i a b"),
    Line(
        PodCreate.self,
        "--share pid,net --exit-policy stop --replace -p 80:80 -l a=b --infra-name i -n shop"),
    Line(PodCreate.self, "--infra=false --share-parent=false --pod-id-file f --label-file g shop"),
    Line(PodExists.self, "a"), Line(PodInspect.self, "-f {{.Id}} a b"),
    Line(PodKill.self, "-s INT a b"), Line(PodList.self, "-f name=a -q -n --ctr-names --sort id"),
    Line(PodList.self, "-l --no-trunc --format json"),
    Line(PodLogs.self, "-f -c one -t -n --tail 5 shop"), Line(PodPause.self, "--all"),
    Line(PodPrune.self, "-f"), Line(PodRestart.self, "a b"),
    Line(PodRm.self, "-f -i -t 3 --pod-id-file f a"), Line(PodStart.self, "--latest"),
    Line(PodStats.self, "--no-stream --no-trunc --format json a"),
    Line(PodStop.self, "-i -t 3 a b"), Line(PodTop.self, "a pid user"),
    Line(PodUnpause.self, "a"),
    Line(SecretCreate.self, "--env -l a=b --replace name VARIABLE"),
    Line(SecretCreate.self, "--ignore name -"), Line(SecretExists.self, "a"),
    Line(SecretInspect.self, "--showsecret --pretty a b"),
    Line(SecretList.self, "-f name=a -q -n --format json"), Line(SecretRm.self, "-i a b"),
    Line(SecretRm.self, "--all"),
    Line(VolumeExists.self, "v"), Line(VolumeInspect.self, "-a"), Line(VolumeInspect.self, "a b"),
    Line(VolumeList.self, "-f name=a -q -n --format json"),
    Line(VolumePrune.self, "-a -f --filter a=b"),
    Line(VolumeRm.self, "-f -t 3 a b"), Line(SystemDoctor.self, "--format json"),
    Line(SystemInfo.self, "-f {{.host}}"), Line(SystemInspect.self, "-t image a b"),
    Line(SystemInspect.self, "--latest"), Line(SystemUnshare.self, "ls -l"),
    Line(ContainerCommit.self, "-a me -c CMD=x -m text -p -s -q --iidfile f web localhost/w:1"),
    Line(ContainerCp.self, "--archive=false --overwrite web:/a ."),
    Line(ContainerCp.self, "- web:/a"), Line(ContainerDiff.self, "--format json a b"),
    Line(ContainerDiff.self, "--latest"), Line(ContainerExport.self, "-o f web"),
    Line(ContainerMount.self, "--format json a b"), Line(ContainerMount.self, ""),
    Line(ContainerRename.self, "web www"),
    Line(ContainerStats.self, "-a --no-stream --no-trunc --format json a"),
    Line(ContainerUnmount.self, "-f a b"), Line(ImageDiff.self, "a b"),
    Line(ImageHistory.self, "-H=false --no-trunc -q --format json a"),
    Line(ImageMount.self, "-a --format json"), Line(ImagePrune.self, "-a -f --filter until=1h"),
    Line(ImageSave.self, "--format oci-archive --uncompressed -m -q -o f a b"),
    Line(ImageSave.self, "--format docker-dir --compress -o d a"),
    Line(ImageScp.self, "--format oci-archive -q a h::"),
    Line(ImageTree.self, "--whatrequires a"), Line(ImageUnmount.self, "-f a"),
    Line(SystemCheck.self, "-r -f -q -m 1h --format json"), Line(SystemDf.self, "-v"),
    Line(SystemEvents.self, "-f type=image --since 1h --until 1m --stream=false --format json"),
    Line(SystemPrune.self, "-a --volumes --build -f --filter label=x"),
    Line(SystemPrune.self, "--external"), Line(SystemReset.self, "-f"),
    Line(VolumeExport.self, "-o f v"), Line(VolumeImport.self, "v f"),
    Line(VolumeMount.self, "a b"), Line(VolumeReload.self, ""), Line(VolumeUnmount.self, "a b"),
    Line(VolumePrune.self, "--dry-run"),
    Line(NetworkConnect.self, "--ip 10.1.0.9 --ip6 fd01::9 --mac-address 02:00:00:00:00:01 n c"),
    Line(NetworkCreate.self, "--ipv6 --internal --disable-dns --interface-name br9 --ignore n"),
    Line(NetworkDisconnect.self, "-f n c"), Line(NetworkExists.self, "n"),
    Line(NetworkInspect.self, "n m"), Line(NetworkList.self, "-q"),
    Line(NetworkPrune.self, "-f"), Line(NetworkReload.self, "--all"),
    Line(NetworkRm.self, "-f n m"),
    Line(SystemVersion.self, ""), Line(GenerateCompletion.self, "zsh"),
]

@Suite struct RoundTripTests {
    @Test(arguments: lines) private func aRequestSurvivesWordsAndWire(_ line: Line) throws {
        try line.check()
    }

    @Test func everyVerbHasALine() {
        let covered = lines.map(\.description)
        for signature in Verbs.all.map({ $0.signature() }) {
            let words = signature.words.joined(separator: " ")
            let isLaunch = words == "container run" || words == "container create"
            #expect(isLaunch || covered.contains { $0.hasPrefix(words) }, "\(words)")
        }
    }
}
