using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>读者真正运行它们的地方：终端传下来奇怪的设置、容器里的 1 号进程、/dev/shm 是个符号链接。每个示例都照常。</summary>
public sealed class PlacesTests
{
    public static TheoryData<string> All => [.. Example.All.Select(example => example.Title)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_works_as_process_1_of_a_container_with_a_terminal(string title)
    {
        Example.SkipMost(title);
        string[] enter = ["unshare", .. Elsewhere.Unshare, "--pid", "--fork", "--mount-proc", "--kill-child"];
        Finished probe = await Elsewhere.TryFinish("script", ["-qec", string.Join(' ', enter) + " true", "/dev/null"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"这里没有 script，或不能建 PID 命名空间：{probe.Output}{probe.Error}");

        using var temp = new TempFolder();

        // script 给它一个终端，以它的退出码退出。
        foreach (string[] line in Lines(title, temp))
            (await Suite.External("script", "-qec", string.Join(' ', [.. enter, .. line.Select(word => $"'{word}'")]), "/dev/null").Finish()).ShouldSucceed();
    }

    [Fact]
    public async Task As_process_1_it_refuses_a_role_started_by_hand_all_the_same()
    {
        string[] enter = ["unshare", .. Elsewhere.Unshare, "--pid", "--fork", "--mount-proc", "--kill-child"];
        Finished probe = await Elsewhere.TryFinish(enter[0], [.. enter[1..], "true"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"这里不能建 PID 命名空间：{probe.Error}");

        Finished run = await Suite.External(enter[0], [.. enter[1..], Suite.Executable("05-AnonymousMapping"), "child"]).Finish();

        run.ShouldBeWrongUsage();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_works_where_the_terminal_ignores_SIGCHLD_and_dev_shm_is_a_symbolic_link(string title)
    {
        Example.SkipMost(title);
        // /dev 换成一个新的 tmpfs，里面放回程序要用的几个设备，shm 是指向 /run/shm 的链接。「忽略」穿过 exec，传给每个程序。
        const string Script = """
            mount -t tmpfs tmpfs /run; mkdir -m 1777 /run/shm; mount -t tmpfs -o mode=1777 tmpfs /run/shm
            d=$(mktemp -d); mount -t tmpfs tmpfs "$d"
            for n in null zero urandom random tty full; do : > "$d/$n"; mount --bind /dev/$n "$d/$n"; done
            ln -s /proc/self/fd "$d/fd"; ln -s /run/shm "$d/shm"; mount --move "$d" /dev; rmdir "$d"
            readlink /dev/shm >&2
            trap '' CHLD
            while [ $# -gt 0 ]; do eval "$1" || exit; shift; done
            """;
        Finished probe = await Elsewhere.TryFinish("unshare", [.. Elsewhere.Unshare, "sh", "-c", Script, "sh", "true"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"这里不能换掉 /dev：{probe.Error}");
        using var temp = new TempFolder();

        string[] lines = [.. Lines(title, temp).Select(line => string.Join(' ', line.Select(word => $"'{word}'")))];
        Finished run = await Suite.External("unshare", [.. Elsewhere.Unshare, "sh", "-c", Script, "sh", .. lines]).Finish();

        run.ShouldSucceed();
        run.Error.ShouldStartWith("/run/shm\n");
    }

    [Theory]
    [InlineData("10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver", "")]
    [InlineData("16-DotNetWay", "16-DotNetWay", "send receive")]
    [InlineData("17-Interop", "17-Interop", "send receive")]
    public async Task A_umask_that_takes_even_the_owners_bits_does_not_disturb_a_pair(string sender, string receiver, string roles)
    {
        using var shm = new ShmName();
        string text = RandomText.Next(12);
        string[] role = roles.Split(' ');

        (await Under(sender, role[0], shm.Name, text)).ShouldSucceed();
        Finished received = await Under(receiver, role[^1], shm.Name);

        received.ShouldSucceed().Output.ShouldContain(text);
        shm.ShouldBeGone();

        async Task<Finished> Under(string project, params string[] args) =>
            await (await Elsewhere.AsNobody("/bin/sh", ["-c", "umask 0777; exec \"$@\"", "sh", Suite.Executable(project), .. args.Where(arg => arg != "")])).Finish();
    }

    [Theory]
    [InlineData("10-ShmSemaphore/Sender", "")]
    [InlineData("16-DotNetWay", "send")]
    [InlineData("17-Interop", "send")]
    public async Task Where_dev_shm_is_not_open_to_all_the_advice_is_about_the_folder(string project, string role)
    {
        _ = await Elsewhere.AsNobody(Suite.Executable(project));
        Command command = await Elsewhere.WithOwnShm("1m,mode=0755", "exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \"$@\"", [Suite.Executable(project), .. role == "" ? Array.Empty<string>() : [role], "/x"]);

        (await command.Finish()).ShouldFailWith("shm_open(", "EACCES", "ls -ld /dev/shm");
    }

    private static string[][] Lines(string title, TempFolder temp)
    {
        string name = "/" + RandomText.Next(12), path = temp[RandomText.Next(12)], text = RandomText.Next(12);
        return [.. Example.All.Single(example => example.Title == title).Programs.Select(program => (string[])
            [Suite.Executable(program.Project), .. program.Args.Select(arg => arg.Replace("{name}", name).Replace("{path}", path).Replace("{text}", text).Replace("{int}", "4711"))])];
    }
}
