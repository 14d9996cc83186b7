using System.Collections.Concurrent;
using System.Globalization;
using CliWrap;
using Examples.Tests.Faults;
using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>目录里的每一项，在自己的 /dev/shm、/var/tmp 和 TMPDIR 里同时运行两份；各条测试看同一次运行。</summary>
/// <remarks>
/// 两份各在自己的 PID 命名空间里，所以进程编号一样：名字若由进程编号而来，就撞上了，像两个容器共用一个 /dev/shm。
/// 第二份由 dotnet exec 带着参数启动，不是可执行文件。
/// </remarks>
public sealed class Twice
{
    // 程序结束之后，这个 PID 命名空间里只该剩下 1 号（这段脚本自己）；只等人来取状态的不算。
    private const string InItsOwnPidNamespace = """
        "$@"; code=$?
        for p in /proc/[0-9]*; do
          if [ "$p" != /proc/1 ] && grep -q '^State:.[^ZX]' "$p/status" 2>/dev/null; then echo "留下了进程：$(tr '\0' ' ' < "$p/cmdline")" >&2; code=99; fi
        done
        exit $code
        """;

    private readonly ConcurrentDictionary<string, Lazy<Task<Outcome>>> _outcomes = new();

    internal Task<Outcome> Of(string title) => _outcomes.GetOrAdd(title, _ => new(() => Run(Example.All.Single(example => example.Title == title)))).Value;

    private static async Task<Outcome> Run(Example example)
    {
        await using Arena arena = await Arena.Open();
        using var files = new TempFolder();
        string[] enter = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", InItsOwnPidNamespace, "sh"];
        if (!arena.IsPrivate || (await arena.Command(enter[0], [.. enter[1..], "true"]).Finish()).ExitCode != 0) enter = [];

        Finished[][] copies = await Task.WhenAll(Copy(dll: false), Copy(dll: true));
        return new Outcome(copies[0], copies[1], arena.IsPrivate, arena.Left(), Directory.GetFileSystemEntries(arena.Temp));

        async Task<Finished[]> Copy(bool dll)
        {
            string name = "/" + RandomText.Next(12), path = files[RandomText.Next(12)], text = RandomText.Next(12);
            string number = Random.Shared.Next().ToString(CultureInfo.InvariantCulture);
            List<Finished> finished = [];
            foreach ((string project, string[] args) in example.Programs)
            {
                string[] program = dll ? ["dotnet", "exec", "--roll-forward", "Minor", Suite.Executable(project) + ".dll"] : [Suite.Executable(project)];
                string[] line = [.. enter, .. program, .. args.Select(arg => arg.Replace("{name}", name).Replace("{path}", path).Replace("{text}", text).Replace("{int}", number))];
                finished.Add(await OrHung(arena.Command(line[0], line[1..])));
            }

            return [.. finished];
        }
    }

    // 挂住也是一种结果：由看结果的那一条测试报告一次，不在每一条里都抛出来。
    private static async Task<Finished> OrHung(Command command)
    {
        try
        {
            return await command.Finish();
        }
        catch (TimeoutException hung)
        {
            return new Finished(0, -1, "", hung.Message);
        }
    }

    /// <summary>一项运行了两份的结果。</summary>
    /// <param name="First">由可执行文件启动的一份，按次序的各个程序。</param>
    /// <param name="Second">由 dotnet exec 启动的一份。</param>
    /// <param name="IsPrivate">/dev/shm 和 /var/tmp 是自己的；不是的时候，里面多出什么分不清是谁的。</param>
    /// <param name="Names">之后 /dev/shm 和 /var/tmp 里剩下的。</param>
    /// <param name="Files">之后 TMPDIR 里剩下的。</param>
    internal sealed record Outcome(Finished[] First, Finished[] Second, bool IsPrivate, string[] Names, string[] Files)
    {
        public IEnumerable<Finished> Both => First.Concat(Second);
    }
}
