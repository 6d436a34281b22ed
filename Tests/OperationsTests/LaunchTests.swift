import Base
@testable import Operations
import Specs
import Testing

/// Reads the words of `martlet run` as a shell without quotes would part them.
private func run(_ line: String) throws(Problem) -> LaunchRequest {
    try ContainerRun.card.parse(line.split(separator: " ").map(String.init))
}

private func message(_ line: String) -> String {
    do throws(Problem) {
        _ = try run(line)
        return "nothing was thrown"
    } catch {
        return "\(error)"
    }
}

/// Options of `run` as people write them; each must come back from the request unchanged in meaning.
private let options = [
    "--rm", "-d", "-it", "--name web", "--replace", "-e A=1 -e B= -e C --env-file x.env",
    "--env-host",
    "--http-proxy=false", "-v /a:/b:ro,Z,U -v data:/d -v /anonymous -v ./c:/c:O",
    "-v /x\\:y:/z", "--mount type=bind,src=/a,dst=/b,ro,bind-propagation=rslave",
    "--mount type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1777 --mount dst=/v",
    "--mount type=volume,src=v,dst=/v,subpath=a/b", "--mount type=image,src=debian,dst=/i,rw",
    "--mount type=artifact,src=a,dst=/a,title=b,name=c",
    "--tmpfs /run:size=64m,mode=1777,noexec --tmpfs /t", "-p 8080:80 -p 127.0.0.1:53:53/udp",
    "-p 8000-8010:80-90 -p 9000 -p [::1]:1:2", "-P --expose 80", "--network none",
    "--network host", "--network slirp4netns:allow_host_loopback=true,cidr=10.1.0.0/24",
    "--network pasta:--map-gw", "--network web:ip=10.0.0.2 --network db", "--net bridge",
    "--network container:x", "--network ns:/run/netns/a", "-u 1000:1000 -w /srv --umask 0027",
    "--userns keep-id", "--userns keep-id:uid=1,gid=2", "--userns auto:size=65536",
    "--userns nomap",
    "--userns host", "--uidmap 0:1:1000,1000:0:1 --gidmap 0:1:1000",
    "--cap-add net_admin,CAP_SYS_PTRACE --cap-drop ALL", "--privileged",
    "--security-opt no-new-privileges --security-opt seccomp=unconfined",
    "--security-opt label=disable --security-opt mask=/a:/b --security-opt unmask=ALL",
    "--security-opt proc-opts=hidepid=2 --security-opt apparmor=unconfined",
    "--read-only --read-only-tmpfs=false", "--hostname h -h i", "--entrypoint sh",
    "--entrypoint [\"sh\",\"-c\"]", "--entrypoint=", "--label a=b --label c -l d=e=f",
    "--annotation a=b", "--init", "--stop-signal SIGINT --stop-timeout 3", "--restart on-failure:3",
    "--restart always", "--cgroups split --sdnotify conmon", "--memory 512m --memory-swap -1",
    "--cpus 1.5 --cpu-shares 512 --cpuset-cpus 0-1", "--cpu-quota 50000 --cpu-period 100000",
    "--pids-limit -1", "--ulimit nofile=1024:4096 --ulimit core=-1 --ulimit host",
    "--sysctl net.core.somaxconn=1024", "--shm-size 64m", "--pid host --ipc shareable --uts host",
    "--pid container:x --cgroupns host --ipc ns:/proc/1/ns/ipc", "--runtime crun", "--pull never",
    "--cidfile f --pidfile g --conmon-pidfile h",
    "--log-driver k8s-file --log-opt max-size=10m --log-opt max-file=3",
    "--log-driver json-file --log-opt tag=x --log-opt path=/l --log-opt label=a=b",
    "--device /dev/fuse --device /dev/a:/dev/b:rw", "--add-host a:192.0.2.1 --dns 192.0.2.53",
    "--dns-search example.org --dns-option ndots:2", "--no-hosts", "--no-hostname",
    "--ip 10.0.0.2 --ip6 fd00::2 --mac-address 02:00:00:00:00:01", "--group-add keep-groups,audio",
    "--secret s,type=env,target=T --secret t,mode=0400,uid=5", "--systemd always", "--tz local",
    "--health-cmd true --health-interval 5s --health-retries 2 --health-on-failure kill",
    "--health-cmd [\"CMD\",\"a\"] --health-startup-cmd b", "--no-healthcheck", "--timeout 5",
    "--platform linux/arm64 --tls-verify=false --retry 2", "--requires a,b", "--pod p", "-q",
    "--detach-keys ctrl-x", "--sig-proxy=false", "-a stdout", "--volumes-from a:ro",
    "--oom-score-adj 5",
    "--cgroup-conf memory.high=1g", "--device-read-bps /dev/sda:1m --blkio-weight 100",
    "--preserve-fds 2", "--image-volume tmpfs", "--rmi", "--unsetenv A --unsetenv-all",
]

@Suite struct LaunchTests {
    @Test(arguments: options) func everyOptionSurvivesTheRoundTrip(_ line: String) throws {
        let card = ContainerRun.card
        let request = try run(line + " image command --rm")
        #expect(try run("image command --rm") != request)
        #expect(request.spec.image == "image" && request.spec.command == ["command", "--rm"])
        let words = card.arguments(for: request)
        #expect(try card.parse(words) == request, "\(words)")
        let exchange = card.exchange(for: request)
        #expect(try card.request(from: exchange) == request, "\(exchange)")
    }

    @Test func theLineIsTheOneAPersonWouldWrite() throws {
        let line = """
            --detach --name web --label a=1 --env A=1 --rm --cap-drop ALL --volume /a:/b:ro,Z \
            --tmpfs /run --network none --publish 127.0.0.1:8080:80 --memory 536870912 image sh -c x
            """
        #expect(ContainerRun.card.arguments(for: try run(line)).joined(separator: " ") == line)
    }

    @Test func wrongValuesAreExplained() {
        let cases = [
            ("-v data:relative image", "is not absolute"),
            ("-v /a:/b:rx image", "did you mean \"ro\"?"),
            ("-v /a:/b:/c:/d image", "more than two colons"),
            ("-v ../a/b image", "is not absolute"),
            ("-p 99999 image", "no container port"), ("-p 1-2:3 image", "cannot lead to"),
            ("--cap-add NET_ADMIM image", "did you mean \"CAP_NET_ADMIN\"?"),
            ("--ulimit nofil=3 image", "did you mean \"nofile\"?"),
            ("--ulimit nofile=5:3 image", "the soft limit is above the hard one"),
            ("--userns keepid image", "--userns cannot be \"keepid\""),
            ("--userns keep-id:uid image", "is no option of --userns"),
            ("--network host --network none image", "cannot stand beside another network"),
            ("--mount type=bin,dst=/a image", "there is no type \"bin\""),
            ("--mount type=bind,dst=/a image", "it has no source"),
            ("--mount type=bind,src=/a,dst=/b,propagation=x image", "there is no option"),
            ("--memory lots image", "is no size for --memory"),
            ("--cpus x image", "no number of processors"),
            ("--stop-signal TREM image", "is no signal for --stop-signal"),
            ("--restart sometimes image", "--restart cannot be \"sometimes\""),
            ("--rm --restart always image", "contradict each other"),
            (
                (0..<1000).map { "-v /a:/b\($0) " }.joined() + "image",
                "1000 mounts are asked for, and 960 are allowed"
            ),
            ("--security-opt nonewprivs image", "there is no option \"nonewprivs\""),
            ("--pid shareable image", "use one of private, host, container:NAME, ns:PATH"),
            ("--gpus a/b image", "\"a/b\" is no graphics processor for --gpus"),
            ("--device vendor.com/=one image", "is not absolute"),
            ("--uidmap @1:2:3 image", "\"@1:2:3\" is no mapping for --uidmap"),
            ("--name a/b image", "it contains \"/\""), ("-e =x image", "is no variable for --env"),
            ("-v /a:/x -v /b:/x image", "two mounts have the destination \"/x\""),
            ("-p 80:80 -p 80:81 image", "publish the same host port"),
            ("--memory-swappiness 3 image", "is for cgroup v1"),
            ("--workdir x image", "does not begin with"),
            ("--pull sometimes image", "--pull cannot be \"sometimes\""),
            ("--device fuse image", "is not absolute"),
            ("--log-driver syslog image", "--log-driver cannot be"),
        ]
        for (line, part) in cases {
            #expect(message(line).contains(part), "\(line): \(message(line))")
        }
    }

    @Test func rootDirectoryTakesThePlaceOfTheImage() throws {
        let spec = try run("--rootfs /srv/root:O sh").resolved()
        #expect(spec.image.isEmpty && spec.rootDirectory?.path == "/srv/root")
        #expect(spec.rootDirectory?.overlay == true)
    }

    @Test func furtherOptionsOfAUnitFileAreApplied() throws {
        let card = ContainerRun.card
        var request = card.blank
        try card.apply(options: ["--cpus=2", "-e", "A=1"], to: &request)
        #expect(request.spec.resources.milliCPUs == 2000)
        #expect(throws: Problem.self) { try card.apply(options: ["image"], to: &request) }
    }
}

/// A relative source means the directory of whoever asks, not that of whoever starts it later.
@Test(arguments: [
    ("/srv", "./a", "/srv/a"), ("/", "a", "/a"), ("/srv", ".", "/srv"),
    ("/srv", "../b/./c", "/srv/../b/c"),
])
func relativeSourceIsTheCallers(_ directory: String, _ path: String, _ whole: String) {
    #expect(AbsolutePath.joined(directory, path) == whole)
}
